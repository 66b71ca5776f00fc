# nginx ends in the middle of the run, and the connector behind it goes on: from then on nobody reaches it.
about='nginx in front of the connector ends 6 s after the run began'
needs=(nginx)
filter=onboarding/
expected_exit=3
expected_message='no response from'
expected_in_each='no response from'

in_front() {
  front=http://127.0.0.1:$front_port
  start_nginx "$front_port" <<CONF
server {
  listen 127.0.0.1:$front_port;
  location / { proxy_pass http://$connector; }
}
CONF
  nginx=$newest
}

meanwhile() {
  sleep 6
  stop "$nginx"
}
