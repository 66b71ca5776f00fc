# The certificate has expired; its authority is trusted.
about='a certificate that has expired'
needs=(nginx openssl)
environment_at_fault '[Ee]xpired'
# Its authority is trusted and the chain is complete.
misleading='`tls\.ca`|complete certificate chain'

in_front() {
  front=https://localhost:$front_port
  start_tls_nginx DNS:localhost 20240101000000Z 20240201000000Z </dev/null
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }"
}
