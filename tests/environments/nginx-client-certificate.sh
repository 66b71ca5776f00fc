# nginx lets in only clients with a certificate, and the environment has one.
about='nginx requires a client certificate, and the environment gives it'
needs=(nginx openssl)
commands=(doctor run)
filter=onboarding/
# A part of the suite is never CONFORMANT.
expected_message='^(CONFORMANT|INCOMPLETE): '

in_front() {
  front=https://localhost:$front_port
  start_tls_nginx DNS:localhost <<CONF
ssl_client_certificate $folder/authority.pem;
ssl_verify_client on;
CONF
  make_certificate authority client DNS:feedproof.example
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem, client_certificate: file:$folder/client.pem, client_key: file:$folder/client.key }"
}
