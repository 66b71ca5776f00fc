# Two forwarders of bytes, as between container networks: one to the connector, and one back to feedproof, whose addresses
# the connector knows by the forwarder's port.
about='socat forwards to the connector, and back to feedproof'
needs=(socat)

in_front() {
  front=http://127.0.0.1:$front_port
  service=http://127.0.0.1:$second_port
  start socat-back socat "TCP-LISTEN:$second_port,bind=127.0.0.1,fork,reuseaddr" "TCP:127.0.0.1:$service_port"
  start socat socat "TCP-LISTEN:$front_port,bind=127.0.0.1,fork,reuseaddr" "TCP:$connector"
  await 127.0.0.1 "$front_port"
}

adjust() {
  sed -i "s|emulated: { listen|emulated: { public: \"$service\", listen|" "$environment"
}
