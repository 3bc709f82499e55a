#!/usr/bin/env bash
# Runs a command on two "machines" at once: this one, twice, each with a network and a host name of its own (machine0, machine1)
# and nothing but a cable between them. They share the disk, as machines of a cluster do. Nothing is left afterwards.
#
#   two_machines.sh COMMAND...     the command finds $MACHINE, 0 or 1; ends with the larger exit code of the two,
#                                  77 if this system does not allow it (user namespaces, iproute2)
set -euo pipefail

if [ -z "${MACHINE:-}" ]; then
  namespaces=(unshare --user --map-root-user --net --uts --mount --pid --fork --kill-child --mount-proc)
  "${namespaces[@]}" ip link add type veth 2>/dev/null || { echo "no second network here" >&2; exit 77; }
  MACHINE=0 exec "${namespaces[@]}" "$0" "$@"
fi

on() {  # a machine: its name and network, then the command
  export MACHINE=$1
  shift
  hostname "machine$MACHINE"
  ip link set lo up
  until ip link show cable >/dev/null 2>&1; do sleep 0.02; done
  ip address add "10.77.0.$((MACHINE + 1))/24" dev cable
  ip link set cable up
  exec "$@"
}

hosts=$(mktemp)
printf '%s\n' '127.0.0.1 localhost' '10.77.0.1 machine0' '10.77.0.2 machine1' >"$hosts"
mount --bind "$hosts" /etc/hosts
rm "$hosts"
export -f on
unshare --net --uts bash -c 'on 1 "$@"' on "$@" &
other=$!
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
exec 9<"/proc/$other/ns/net"  # the cable stays while either machine works
ip link add cable type veth peer name cable netns $other
code=0
(on 0 "$@") || code=$?
wait $other || code=$(($? > code ? $? : code))
exit $code
