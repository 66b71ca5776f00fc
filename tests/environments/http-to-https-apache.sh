# The environment says http, and Apache httpd speaks TLS at that port: 400, and the reason in the page.
about='http spoken to an https port of Apache httpd'
needs=(apache2 openssl)
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_message='it speaks TLS; write `https://` in the address'
expected_in_each='it speaks TLS; write `https://` in the address'
expected_doctor_exit=6
expected_doctor_message='it speaks TLS; write `https://` in the address'

in_front() {
  front=http://localhost:$front_port
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
ProxyPass / http://$connector/
CONF
  } >"$folder/apache.conf"
  start apache apache2 -d "$folder" -f "$folder/apache.conf" -DFOREGROUND
  await 127.0.0.1 "$front_port"
}
