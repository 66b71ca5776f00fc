# nginx lets in only clients with a certificate, and the environment has none: 400, and the reason in the page.
about='nginx requires a client certificate, and the environment gives none'
needs=(nginx openssl)
environment_at_fault 'it requires a client certificate; name one in `tls.client_certificate`'

in_front() {
  front=https://localhost:$front_port
  start_tls_nginx DNS:localhost <<CONF
ssl_client_certificate $folder/authority.pem;
ssl_verify_client on;
CONF
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }"
}
