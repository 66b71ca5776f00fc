# nginx ends TLS and offers HTTP/2, for a name and with a certificate of a private authority that the environment trusts.
about='nginx with TLS, HTTP/2 offered; the environment trusts its private authority'
needs=(nginx openssl)
commands=(doctor run)

in_front() {
  front=https://localhost:$front_port
  make_authority authority
  make_certificate authority server DNS:localhost
  start_nginx "$front_port" <<CONF
server {
  listen 127.0.0.1:$front_port ssl http2;
  ssl_certificate $folder/server.pem;
  ssl_certificate_key $folder/server.key;
  location / { proxy_pass http://$connector; proxy_set_header X-Forwarded-Proto https; }
}
CONF
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }"
}
