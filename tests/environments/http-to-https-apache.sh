# The environment says http, and Apache httpd speaks TLS at that port: 400, and the reason in the page.
about='http spoken to an https port of Apache httpd'
needs=(apache2 openssl)
environment_at_fault 'it speaks TLS; write `https://` in the address'

in_front() {
  front=http://localhost:$front_port
  make_authority authority
  make_certificate authority server DNS:localhost
  start_apache socache_shmcb ssl <<CONF
SSLEngine on
SSLCertificateFile $folder/server.pem
SSLCertificateKeyFile $folder/server.key
CONF
}
