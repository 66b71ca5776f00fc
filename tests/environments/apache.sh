# Apache httpd as a reverse proxy, with compression and the modules that Debian switches on for it.
about='Apache httpd as a reverse proxy, with compression'
needs=(apache2)

in_front() {
  front=http://127.0.0.1:$front_port
  start_apache reqtimeout filter deflate headers <<CONF
KeepAliveTimeout 5
AddOutputFilterByType DEFLATE text/html application/json
Header always append X-Content-Type-Options nosniff
CONF
}
