# nginx lets in only clients with a certificate, and the environment has one.
about='nginx requires a client certificate, and the environment gives it'
needs=(nginx openssl)
commands=(doctor run)
filter=onboarding/
# A part of the suite is never CONFORMANT.
expected_message='^(CONFORMANT|INCOMPLETE): '

in_front() {
  front=https://localhost:$front_port
  make_authority authority
  make_certificate authority server DNS:localhost
  make_certificate authority client DNS:feedproof.example
  start_nginx "$front_port" <<CONF
server {
  listen 127.0.0.1:$front_port ssl;
  ssl_certificate $folder/server.pem;
  ssl_certificate_key $folder/server.key;
  ssl_client_certificate $folder/authority.pem;
  ssl_verify_client on;
  location / { proxy_pass http://$connector; }
}
CONF
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem, client_certificate: file:$folder/client.pem, client_key: file:$folder/client.key }"
}
