# Apache httpd lets in only clients with a certificate, and the environment has none. With TLS 1.3 it says so as an alert,
# after the client believes that the handshake is over.
about='Apache httpd requires a client certificate, and the environment gives none'
needs=(apache2 openssl)
environment_at_fault 'requires a client certificate|tls.client_certificate'
# The server's certificate is trusted; that of the client is missing.
misleading='is not trusted|tls\.ca|expects http or https'

in_front() {
  front=https://localhost:$front_port
  make_authority authority
  make_certificate authority server DNS:localhost
  start_apache socache_shmcb ssl <<CONF
SSLEngine on
SSLCertificateFile $folder/server.pem
SSLCertificateKeyFile $folder/server.key
SSLCACertificateFile $folder/authority.pem
SSLVerifyClient require
CONF
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }"
}
