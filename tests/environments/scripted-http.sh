# Scripts build the forms of the login, and the browser of the environment runs none.
about='a login that needs scripts, with browser: http'
filter=onboarding/
connector_flags=(--scripted)
expected_exit=3
expected_message='webdriver'
expected_in_each='webdriver'
