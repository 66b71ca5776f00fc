# Caddy lets in only clients with a certificate, and the environment has none. Unlike nginx it says so as an alert of TLS.
about='Caddy requires a client certificate, and the environment gives none'
needs=(caddy openssl)
environment_at_fault 'requires a client certificate|tls.client_certificate'
# The server's certificate is trusted; that of the client is missing.
misleading='is not trusted|tls\.ca|expects http or https'

in_front() {
  front=https://localhost:$front_port
  make_authority authority
  make_certificate authority server DNS:localhost
  start_caddy <<CONF
tls $folder/server.pem $folder/server.key {
  client_auth {
    mode require_and_verify
    trusted_ca_cert_file $folder/authority.pem
  }
}
CONF
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }"
}
