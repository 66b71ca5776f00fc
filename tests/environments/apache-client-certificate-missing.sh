# Apache httpd lets in only clients with a certificate, and the environment has none. With TLS 1.3 it says so as an alert,
# after the client believes that the handshake is over.
about='Apache httpd requires a client certificate, and the environment gives none'
needs=(apache2 openssl)
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
  local modules=/usr/lib/apache2/modules
  {
    if [ "$(id -u)" = 0 ]; then printf 'User www-data\nGroup www-data\n'; fi
    cat <<CONF
ServerRoot $folder
ServerName localhost
PidFile $folder/apache.pid
DefaultRuntimeDir $folder
Listen 127.0.0.1:$front_port
ErrorLog $folder/apache.error.log
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule socache_shmcb_module $modules/mod_socache_shmcb.so
LoadModule ssl_module $modules/mod_ssl.so
LoadModule proxy_module $modules/mod_proxy.so
LoadModule proxy_http_module $modules/mod_proxy_http.so
SSLEngine on
SSLCertificateFile $folder/server.pem
SSLCertificateKeyFile $folder/server.key
SSLCACertificateFile $folder/authority.pem
SSLVerifyClient require
ProxyPass / http://$connector/
CONF
  } >"$folder/apache.conf"
  start apache apache2 -d "$folder" -f "$folder/apache.conf" -DFOREGROUND
  await 127.0.0.1 "$front_port"
}

adjust() {
  add_to_environment "tls: { ca: file:$folder/authority.pem }"
}
