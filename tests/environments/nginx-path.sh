# nginx serves the connector below a path, and passes requests on without it. The connector's forms name `/login`, as it
# does not know of the path, so that nginx rewrites them, as administrators do for such programs.
about='nginx serves the connector under a path and strips it'
needs=(nginx)

in_front() {
  front=http://127.0.0.1:$front_port/feeds/north
  start_nginx "$front_port" <<CONF
server {
  listen 127.0.0.1:$front_port;
  location / { return 404; }
  location /feeds/north/ {
    proxy_pass http://$connector/;
    proxy_set_header Accept-Encoding "";
    sub_filter_once off;
    sub_filter 'action="/' 'action="/feeds/north/';
  }
}
CONF
}
