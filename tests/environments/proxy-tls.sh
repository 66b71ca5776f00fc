# Behind the proxy of a company a connector speaks TLS, so that the proxy opens a tunnel (CONNECT), and sees nothing.
about='tinyproxy as the forward proxy, TLS (CONNECT) to nginx'
needs=(tinyproxy nginx openssl)
own_address_needed=yes
commands=(doctor run)

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
  start_tinyproxy <<<"ConnectPort $front_port"
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }" "proxy: http://127.0.0.1:$proxy_port"
}
