# nginx lets in only clients with a certificate of its authority, and the environment has one of another: 400.
about='nginx requires a client certificate, and the environment gives one of another authority'
needs=(nginx openssl)
environment_at_fault 'it does not accept the client certificate of `tls.client_certificate`'

in_front() {
  front=https://localhost:$front_port
  start_tls_nginx DNS:localhost <<CONF
ssl_client_certificate $folder/authority.pem;
ssl_verify_client on;
CONF
  make_authority other
  make_certificate other client DNS:feedproof.example
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem, client_certificate: file:$folder/client.pem, client_key: file:$folder/client.key }"
}
