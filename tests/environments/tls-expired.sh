# The certificate has expired; its authority is trusted.
about='a certificate that has expired'
needs=(nginx openssl)
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_doctor_exit=6
expected_message='[Ee]xpired'
expected_doctor_message='[Ee]xpired'
# Its authority is trusted and the chain is complete.
misleading='`tls\.ca`|complete certificate chain'

in_front() {
  front=https://localhost:$front_port
  make_authority authority
  make_certificate authority server DNS:localhost 20240101000000Z 20240201000000Z
  start_nginx "$front_port" <<CONF
server {
  listen 127.0.0.1:$front_port ssl;
  ssl_certificate $folder/server.pem;
  ssl_certificate_key $folder/server.key;
  location / { proxy_pass http://$connector; }
}
CONF
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }"
}
