# Caddy as it is used in development: TLS for localhost, HTTP/2 offered, with certificates of its own authority.
about='Caddy with TLS of its own authority, HTTP/2 offered, compression'
needs=(caddy)
commands=(doctor run)

in_front() {
  front=https://localhost:$front_port
  cat >"$folder/Caddyfile" <<CONF
{
  admin off
  auto_https disable_redirects
  skip_install_trust
  storage file_system $folder/caddy
}
https://localhost:$front_port {
  tls internal
  encode gzip
  reverse_proxy $connector
}
CONF
  start caddy env HOME="$folder" caddy run --config "$folder/Caddyfile" --adapter caddyfile
  await 127.0.0.1 "$front_port"
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/caddy/pki/authorities/local/root.crt }"
}
