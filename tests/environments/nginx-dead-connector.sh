# nginx runs, and nothing listens where it looks for the connector.
about='nginx in front of nothing: 502 for every request'
needs=(nginx)
environment_at_fault 'a gateway had no answer of the connector'

in_front() {
  front=http://127.0.0.1:$front_port
  start_nginx "$front_port" <<CONF
server {
  listen 127.0.0.1:$front_port;
  location / { proxy_pass http://127.0.0.1:$second_port; }
}
CONF
}
