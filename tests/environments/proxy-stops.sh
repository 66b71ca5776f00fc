# The proxy ends in the middle of the run, and the connector goes on: from then on feedproof does not reach it.
about='the forward proxy ends 6 s after the run began'
needs=(tinyproxy)
own_address_needed=yes
filter=onboarding/
expected_exit=3
expected_message='no response from .*: through the proxy '
expected_in_each='no response from .*: through the proxy '

in_front() {
  start_tinyproxy <<<''
  tinyproxy=$newest
}

adjust() {
  add_to_environment "proxy: http://127.0.0.1:$proxy_port"
}

meanwhile() {
  sleep 6
  stop "$tinyproxy"
}
