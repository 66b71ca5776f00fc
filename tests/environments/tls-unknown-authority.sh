# The certificate is signed by an authority that neither this machine nor the environment trusts.
about='a certificate of an authority that is not trusted'
needs=(nginx openssl)
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_doctor_exit=6
expected_message='is issued by CN=authority, which it does not send'
expected_doctor_message='is issued by CN=authority, which it does not send'

in_front() {
  front=https://localhost:$front_port
  make_authority authority
  make_certificate authority server DNS:localhost
  start_nginx "$front_port" <<CONF
server {
  listen 127.0.0.1:$front_port ssl;
  ssl_certificate $folder/server.pem;
  ssl_certificate_key $folder/server.key;
  location / { proxy_pass http://$connector; }
}
CONF
}
