# The certificate is for another host; its authority is trusted.
about='a certificate for another host name'
needs=(nginx openssl)
environment_at_fault 'not valid for (the )?name|another (host )?name|other\.example'
# Its authority is trusted and the chain is complete.
misleading='`tls\.ca`|complete certificate chain'

in_front() {
  front=https://localhost:$front_port
  start_tls_nginx DNS:other.example </dev/null
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }"
}
