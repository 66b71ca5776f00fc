# nginx as it is installed, with what administrators add: compression, headers of the whole site, short connections.
about='nginx with its defaults, gzip, headers of its own, connections that end after 1 s'
needs=(nginx)

in_front() {
  front=http://127.0.0.1:$front_port
  # The second Content-Security-Policy says nothing of frames: the connector's own still decides who may show its pages.
  start_nginx "$front_port" <<CONF
gzip on;
gzip_proxied any;
gzip_min_length 1;
gzip_types application/json;
keepalive_timeout 1s;
server {
  listen 127.0.0.1:$front_port;
  add_header X-Content-Type-Options nosniff always;
  add_header Referrer-Policy same-origin always;
  add_header Content-Security-Policy "object-src 'none'" always;
  add_header Cache-Control no-transform always;
  location / { proxy_pass http://$connector; }
}
CONF
}
