# The connector runs on another machine: ssh -L leads to it, and ssh -R leads from there to feedproof. The other machine is
# this one, with an ssh server of its own.
about='ssh -L leads to the connector, ssh -R leads from it to feedproof'
needs=(ssh sshd ssh-keygen)

in_front() {
  front=http://127.0.0.1:$front_port
  service=http://127.0.0.1:$second_port
  ssh-keygen -q -t ed25519 -N '' -f "$folder/host-key"
  ssh-keygen -q -t ed25519 -N '' -f "$folder/key"
  cat >"$folder/sshd.conf" <<CONF
Port $proxy_port
ListenAddress 127.0.0.1
HostKey $folder/host-key
PidFile $folder/sshd.pid
AuthorizedKeysFile $folder/key.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
CONF
  # Debian's sshd wants this folder, which its service makes.
  if [ "$(id -u)" = 0 ]; then mkdir -p /run/sshd; fi
  start sshd "$(command -v sshd)" -D -e -f "$folder/sshd.conf"
  await 127.0.0.1 "$proxy_port"
  start ssh ssh -N -F none -i "$folder/key" -p "$proxy_port" -o IdentitiesOnly=yes -o BatchMode=yes \
    -o StrictHostKeyChecking=no -o "UserKnownHostsFile=$folder/known-hosts" -o ExitOnForwardFailure=yes \
    -L "127.0.0.1:$front_port:$connector" -R "127.0.0.1:$second_port:127.0.0.1:$service_port" "$(id -un)@127.0.0.1"
  # The server opens its port after the client's own, and both are needed.
  await 127.0.0.1 "$front_port"
  await 127.0.0.1 "$second_port"
}

adjust() {
  sed -i "s|emulated: { listen|emulated: { public: \"$service\", listen|" "$environment"
}
