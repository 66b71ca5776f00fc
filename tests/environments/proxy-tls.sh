# Behind the proxy of a company a connector speaks TLS, so that the proxy opens a tunnel (CONNECT), and sees nothing.
about='tinyproxy as the forward proxy, TLS (CONNECT) to nginx'
needs=(tinyproxy nginx openssl)
own_address_needed=yes
commands=(doctor run)

in_front() {
  front=https://$own_address:$front_port
  start_tls_nginx "IP:$own_address" <<<"listen $own_address:$front_port ssl;"
  start_tinyproxy <<<"ConnectPort $front_port"
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }" "proxy: http://127.0.0.1:$proxy_port"
}
