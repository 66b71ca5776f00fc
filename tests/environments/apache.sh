# Apache httpd as a reverse proxy, with compression and the modules that Debian switches on for it.
about='Apache httpd as a reverse proxy, with compression'
needs=(apache2)

in_front() {
  front=http://127.0.0.1:$front_port
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
KeepAliveTimeout 5
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule reqtimeout_module $modules/mod_reqtimeout.so
LoadModule filter_module $modules/mod_filter.so
LoadModule deflate_module $modules/mod_deflate.so
LoadModule headers_module $modules/mod_headers.so
LoadModule proxy_module $modules/mod_proxy.so
LoadModule proxy_http_module $modules/mod_proxy_http.so
AddOutputFilterByType DEFLATE text/html application/json
Header always append X-Content-Type-Options nosniff
ProxyPass / http://$connector/
ProxyPassReverse / http://$connector/
CONF
  } >"$folder/apache.conf"
  start apache apache2 -d "$folder" -f "$folder/apache.conf" -DFOREGROUND
  await 127.0.0.1 "$front_port"
}
