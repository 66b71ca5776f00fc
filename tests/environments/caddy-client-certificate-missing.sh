# Caddy lets in only clients with a certificate, and the environment has none. Unlike nginx it says so as an alert of TLS.
about='Caddy requires a client certificate, and the environment gives none'
needs=(caddy openssl)
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_message='requires a client certificate|tls.client_certificate'
expected_in_each='requires a client certificate|tls.client_certificate'
expected_doctor_exit=6
expected_doctor_message='requires a client certificate|tls.client_certificate'
# The server's certificate is trusted; that of the client is missing.
misleading='is not trusted|tls\.ca|expects http or https'

in_front() {
  front=https://localhost:$front_port
  make_authority authority
  make_certificate authority server DNS:localhost
  cat >"$folder/Caddyfile" <<CONF
{
  admin off
  auto_https disable_redirects
  storage file_system $folder/caddy
}
https://localhost:$front_port {
  tls $folder/server.pem $folder/server.key {
    client_auth {
      mode require_and_verify
      trusted_ca_cert_file $folder/authority.pem
    }
  }
  reverse_proxy $connector
}
CONF
  start caddy env HOME="$folder" caddy run --config "$folder/Caddyfile" --adapter caddyfile
  await 127.0.0.1 "$front_port"
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }"
}
