# Scripts build the forms of the login, and a Chromium that chromedriver drives runs them. A browser starts for each visit,
# so that only a part of the suite is the default.
about='a login that needs scripts, with browser: webdriver (Chromium)'
needs=(chromedriver chromium)
commands=(doctor run)
filter=onboarding/
connector_flags=(--scripted)
expected_message='^(CONFORMANT|INCOMPLETE): '

in_front() {
  # Profiles of browsers go into the folder, and with it.
  start chromedriver env TMPDIR="$folder" chromedriver --port="$second_port"
  await 127.0.0.1 "$second_port"
}

adjust() {
  add_to_environment "browser: { webdriver: \"http://127.0.0.1:$second_port\" }"
}
