# The proxy asks for credentials when feedproof wants a tunnel (CONNECT) to a connector with TLS.
about='the forward proxy answers 407, TLS (CONNECT)'
needs=(tinyproxy nginx openssl)
own_address_needed=yes
environment_at_fault '(a|the) proxy .*(asks for|wants|requires) .*credentials|proxy auth'
# The check of the proxy says that it accepts connections, and it never tried to reach the connector.
misleading='whether it reaches your connector'

in_front() {
  front=https://$own_address:$front_port
  start_tls_nginx "IP:$own_address" <<<"listen $own_address:$front_port ssl;"
  start_tinyproxy <<CONF
ConnectPort $front_port
BasicAuth somebody throw-away-word
CONF
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }" "proxy: http://127.0.0.1:$proxy_port"
}
