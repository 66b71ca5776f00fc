# The environment says https, and the connector speaks plain HTTP.
about='https spoken to the plain port of the connector'
environment_at_fault 'does not speak TLS'
misleading='is not trusted|tls\.ca'

in_front() {
  front=https://$connector
}
