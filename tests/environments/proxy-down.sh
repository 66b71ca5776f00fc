# The environment names a proxy, and nothing listens there.
about='the forward proxy is down'
own_address_needed=yes
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_message='proxy .*127\.0\.0\.1:[0-9]+ (cannot be reached|refused)|127\.0\.0\.1:[0-9]+ cannot be reached'
expected_doctor_exit=6
expected_doctor_message='proxy +127\.0\.0\.1:[0-9]+ cannot be reached'
# The connector runs; nothing asked it.
misleading='check that the connector is running'

adjust() {
  add_to_environment "proxy: http://127.0.0.1:$proxy_port"
}
