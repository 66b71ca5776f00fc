# The environment says http, and nginx speaks TLS at that port: 400, and the reason in the page.
about='http spoken to an https port of nginx'
needs=(nginx openssl)
environment_at_fault 'it speaks TLS; write `https://` in the address'

in_front() {
  front=http://127.0.0.1:$front_port
  start_tls_nginx IP:127.0.0.1 </dev/null
}
