# Caddy as it is used in development: TLS for localhost, HTTP/2 offered, with certificates of its own authority.
about='Caddy with TLS of its own authority, HTTP/2 offered, compression'
needs=(caddy)
commands=(doctor run)
# The authority of Caddy issues certificates for hours, and `doctor` warns of those that expire soon.
expected_doctor_message='expires on .*, in less than'

in_front() {
  front=https://localhost:$front_port
  start_caddy <<CONF
tls internal
encode gzip
CONF
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/caddy/pki/authorities/local/root.crt }"
}
