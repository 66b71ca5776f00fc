# The bank's login is a program of its own behind the same nginx, and does not run.
about='nginx answers 502 for POST /login only'
needs=(nginx)
filter=onboarding/
expected_exit=3
expected_message='a gateway had no answer of the connector'
expected_in_each='a gateway had no answer of the connector'

in_front() {
  front=http://127.0.0.1:$front_port
  start_nginx "$front_port" <<CONF
server {
  listen 127.0.0.1:$front_port;
  location / { proxy_pass http://$connector; }
  location = /login { proxy_pass http://127.0.0.1:$second_port; }
}
CONF
}
