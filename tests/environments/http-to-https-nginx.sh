# The environment says http, and nginx speaks TLS at that port: 400, and the reason in the page.
about='http spoken to an https port of nginx'
needs=(nginx openssl)
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_message='it speaks TLS; write `https://` in the address'
expected_in_each='it speaks TLS; write `https://` in the address'
expected_doctor_exit=6
expected_doctor_message='it speaks TLS; write `https://` in the address'

in_front() {
  front=http://127.0.0.1:$front_port
  make_authority authority
  make_certificate authority server IP:127.0.0.1
  start_nginx "$front_port" <<CONF
server {
  listen 127.0.0.1:$front_port ssl;
  ssl_certificate $folder/server.pem;
  ssl_certificate_key $folder/server.key;
  location / { proxy_pass http://$connector; }
}
CONF
}
