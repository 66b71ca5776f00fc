# The certificate is for another host; its authority is trusted.
about='a certificate for another host name'
needs=(nginx openssl)
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_doctor_exit=6
expected_message='not valid for (the )?name|another (host )?name|other\.example'
expected_doctor_message='not valid for (the )?name|another (host )?name|other\.example'
# Its authority is trusted and the chain is complete.
misleading='`tls\.ca`|complete certificate chain'

in_front() {
  front=https://localhost:$front_port
  make_authority authority
  make_certificate authority server DNS:other.example
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
