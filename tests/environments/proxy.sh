# A connector that is reached through the proxy of a company. Its address is not a loopback address: those are reached
# without a proxy.
about='tinyproxy as the forward proxy, http'
needs=(tinyproxy)
own_address_needed=yes
commands=(doctor run)

in_front() {
  start_tinyproxy <<<''
}

adjust() {
  add_to_environment "proxy: http://127.0.0.1:$proxy_port"
}
