# The environment names a proxy, and nothing listens there.
about='the forward proxy is down'
own_address_needed=yes
environment_at_fault 'proxy .*127\.0\.0\.1:[0-9]+ cannot be reached'
# The connector runs; nothing asked it.
misleading='check that the connector is running'

adjust() {
  add_to_environment "proxy: http://127.0.0.1:$proxy_port"
}
