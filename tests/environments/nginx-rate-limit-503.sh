# nginx limits how often a client may open the pages, and answers 503, which is its default.
about='nginx limits the rate of the pages (limit_req, its default 503)'
needs=(nginx)
filter=onboarding/
expected_exit=3
# 503 does not tell a limit from a connector that is gone.
expected_message='a gateway had no answer of the connector|limits the rate'
expected_in_each='a gateway had no answer of the connector|limits the rate'

in_front() {
  front=http://127.0.0.1:$front_port
  start_nginx "$front_port" <<CONF
limit_req_zone \$binary_remote_addr zone=pages:1m rate=6r/m;
server {
  listen 127.0.0.1:$front_port;
  location / { proxy_pass http://$connector; }
  location /auth { limit_req zone=pages; proxy_pass http://$connector; }
}
CONF
}
