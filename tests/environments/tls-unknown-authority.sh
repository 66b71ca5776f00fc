# The certificate is signed by an authority that neither this machine nor the environment trusts.
about='a certificate of an authority that is not trusted'
needs=(nginx openssl)
environment_at_fault 'is issued by CN=authority, which it does not send'

in_front() {
  front=https://localhost:$front_port
  start_tls_nginx DNS:localhost </dev/null
}
