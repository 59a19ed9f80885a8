#!/usr/bin/env bash
# Three hosts on one machine: each has a network, a host name and a /circuit of its own, and runs a server. They find each other by multicast on
# a virtual switch, and host 1 runs a program on host 3 through the tree. It needs root, iproute2 and util-linux, a checkout after `npm run setup`,
# takes a few seconds, and leaves nothing behind.
set -euo pipefail

circuit=$(realpath "$(dirname "$0")/../bin/circuit")
node=$(command -v node)
name=circuit-$$ # of all that is made here
work=$(mktemp -d "/tmp/$name.XXXXXX")
servers=()
networks=()

clean_up() {
  trap '' HUP INT TERM # a second signal does not break it off
  if [ ${#servers[@]} -gt 0 ]; then
    kill "${servers[@]}" 2> /dev/null || true
    wait
  fi
  for network in "${networks[@]}"; do ip netns del "$network" 2> /dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# A switch, in a network of its own.
networks+=("$name-switch")
ip netns add "$name-switch"
ip -n "$name-switch" link add switch up type bridge stp_state 0 forward_delay 0 mcast_snooping 0

# The key that all servers of a circuit share.
"$node" "$circuit" keygen "$work/key"

# What makes a host of a process: a name, and a root directory in which /circuit is its own and all else is the machine's.
mkdir "$work/root"
# shellcheck disable=SC2016 # it is expanded by the shell that runs it
host='
  echo "$1" > /proc/sys/kernel/hostname
  mount -t tmpfs -o mode=755 root "$2"
  for entry in /*; do
    if [ -L "$entry" ]; then cp -d "$entry" "$2"
    elif [ -d "$entry" ] && [ "$entry" != /circuit ]; then mkdir "$2$entry" && mount --rbind "$entry" "$2$entry"
    fi
  done
  cd "$2"
  pivot_root . .
  umount --lazy .
  shift 2
  exec "$@"
'

# start N: plugs host N in, and starts its server there.
start() {
  local network=$name-$1
  networks+=("$network")
  ip netns add "$network"
  ip -n "$network" link add eth0 type veth peer name "port$1" netns "$name-switch"
  ip -n "$name-switch" link set "port$1" master switch up
  ip -n "$network" addr add "10.98.0.$1/24" brd + dev eth0
  ip -n "$network" link set lo up
  ip -n "$network" link set eth0 up
  ip -n "$network" route add default dev eth0
  nsenter --net="/run/netns/$network" unshare --mount --uts --propagation private sh -ec "$host" host "web-$1" "$work/root" \
    "$node" "$circuit" start -m /circuit --if eth0 --discover 228.8.8.8:7711 --key "$work/key" > "$work/url-$1" 2> "$work/log-$1" &
  servers+=($!)
}

# on N COMMAND…: runs a command on host N.
on() {
  nsenter --target "${servers[$1 - 1]}" --net --mount --uts -- "${@:2}"
}

# sees_all N: whether the server of host N has started, and its /circuit shows three hosts.
sees_all() {
  [ -s "$work/url-$1" ] && on "$1" sh -c 'set -- /circuit/host/web-*; [ $# -eq 3 ]'
}

for number in 1 2 3; do start "$number"; done
for number in 1 2 3; do
  for _ in {1..200}; do
    if sees_all "$number"; then break; fi
    sleep 0.1
  done
  if ! sees_all "$number"; then
    cat "$work"/log-* >&2
    exit 1
  fi
done

for number in 1 2 3; do
  echo "ls /circuit/host, on web-$number:"
  on "$number" ls /circuit/host
done

echo 'mkproc hostname in /circuit/host/web-3, on web-1:'
on 1 sh -ec '
  cd /circuit/host/web-3/
  mkdir name
  echo mkproc hostname > name/ctl
  cat name/stdout
  cat name/wait > /dev/null
  rmdir name
'
