# The environment says https, and the connector speaks plain HTTP.
about='https spoken to the plain port of the connector'
commands=(doctor run)
filter=onboarding/
expected_exit=3
expected_message='does not speak TLS'
expected_in_each='does not speak TLS'
expected_doctor_exit=6
expected_doctor_message='does not speak TLS'
misleading='is not trusted|tls\.ca'

in_front() {
  front=https://$connector
}
