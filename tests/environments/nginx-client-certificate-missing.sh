# nginx lets in only clients with a certificate, and the environment has none: 400, and the reason in the page.
about='nginx requires a client certificate, and the environment gives none'
needs=(nginx openssl)
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_message='it requires a client certificate; name one in `tls.client_certificate`'
expected_in_each='it requires a client certificate; name one in `tls.client_certificate`'
expected_doctor_exit=6
expected_doctor_message='it requires a client certificate; name one in `tls.client_certificate`'

in_front() {
  front=https://localhost:$front_port
  make_authority authority
  make_certificate authority server DNS:localhost
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
  add_to_environment "tls: { ca: file:$folder/authority.pem }"
}
