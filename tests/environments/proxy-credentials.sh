# The proxy asks for credentials (407), and the environment has none.
about='the forward proxy answers 407, http'
needs=(tinyproxy)
own_address_needed=yes
environment_at_fault 'a proxy asks for credentials'

in_front() {
  start_tinyproxy <<<'BasicAuth somebody throw-away-word'
}

adjust() {
  add_to_environment "proxy: http://127.0.0.1:$proxy_port"
}
