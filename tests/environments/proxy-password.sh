# The proxy asks for credentials, and the environment has them, as a reference.
about='the forward proxy asks for credentials, and the environment gives them'
needs=(tinyproxy)
own_address_needed=yes
commands=(doctor run)
filter=onboarding/
expected_message='^(CONFORMANT|INCOMPLETE): '

in_front() {
  start_tinyproxy <<<'BasicAuth somebody throw-away-word'
}

adjust() {
  echo "http://somebody:throw-away-word@127.0.0.1:$proxy_port" >"$folder/proxy.url"
  add_to_environment "proxy: file:$folder/proxy.url"
}
