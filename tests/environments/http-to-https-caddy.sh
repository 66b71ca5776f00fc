# The environment says http, and Caddy speaks TLS at that port: 400, and the reason in the body, as of any server in Go.
about='http spoken to an https port of Caddy'
needs=(caddy)
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_message='it speaks TLS; write `https://` in the address'
expected_in_each='it speaks TLS; write `https://` in the address'
expected_doctor_exit=6
expected_doctor_message='it speaks TLS; write `https://` in the address'

in_front() {
  front=http://localhost:$front_port
  cat >"$folder/Caddyfile" <<CONF
{
  admin off
  auto_https disable_redirects
  skip_install_trust
  storage file_system $folder/caddy
}
https://localhost:$front_port {
  tls internal
  reverse_proxy $connector
}
CONF
  start caddy env HOME="$folder" caddy run --config "$folder/Caddyfile" --adapter caddyfile
  await 127.0.0.1 "$front_port"
}
