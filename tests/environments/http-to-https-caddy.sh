# The environment says http, and Caddy speaks TLS at that port: 400, and the reason in the body, as of any server in Go.
about='http spoken to an https port of Caddy'
needs=(caddy)
environment_at_fault 'it speaks TLS; write `https://` in the address'

in_front() {
  front=http://localhost:$front_port
  start_caddy <<<"tls internal"
}
