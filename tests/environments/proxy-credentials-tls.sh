# The proxy asks for credentials when feedproof wants a tunnel (CONNECT) to a connector with TLS.
about='the forward proxy answers 407, TLS (CONNECT)'
needs=(tinyproxy nginx openssl)
own_address_needed=yes
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_message='(a|the) proxy .*(asks for|wants|requires) .*credentials|proxy auth'
expected_in_each='(a|the) proxy .*(asks for|wants|requires) .*credentials|proxy auth'
# The check of the proxy says that it accepts connections, and it never tried to reach the connector.
misleading='whether it reaches your connector'
expected_doctor_exit=6
expected_doctor_message='(a|the) proxy .*(asks for|wants|requires) .*credentials|proxy auth'

in_front() {
  front=https://$own_address:$front_port
  make_authority authority
  make_certificate authority server "IP:$own_address"
  start_nginx "$front_port" <<CONF
server {
  listen $own_address:$front_port ssl;
  listen 127.0.0.1:$front_port ssl;
  ssl_certificate $folder/server.pem;
  ssl_certificate_key $folder/server.key;
  location / { proxy_pass http://$connector; }
}
CONF
  start_tinyproxy <<CONF
ConnectPort $front_port
BasicAuth somebody throw-away-word
CONF
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }" "proxy: http://127.0.0.1:$proxy_port"
}
