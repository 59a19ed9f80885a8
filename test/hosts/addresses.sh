# Two hosts in namespaces of their own, which go with this script: `ipv6`, without IPv4, or `nat`, the second one behind a router.
# Prints what the first one sees of the second. $1: which, $2: the program, $3: a directory for files.
set -eu
case=$1 scratch=$3
circuit() { "$NODE" "$PROGRAM" "$@"; }
export NODE PROGRAM=$2 CIRCUIT_CONFIG='' CIRCUIT_KEY="$scratch/key" CIRCUIT_LOG_FORMAT=text
mount -t tmpfs none /run
for host in a b; do ip netns add $host; ip -n $host link set lo up; done
inside() { ip netns exec "$@"; }
start() { # HOST ARG…: a server there; waits for its URL
  local host=$1
  shift
  inside "$host" "$NODE" "$PROGRAM" start --no-mount "$@" > "$scratch/$host.url" 2> "$scratch/$host.log" &
  until [ -s "$scratch/$host.url" ]; do kill -0 $! || { cat "$scratch/$host.log" >&2; exit 1; }; sleep 0.1; done
}
circuit keygen > "$CIRCUIT_KEY"
chmod 600 "$CIRCUIT_KEY"
trap 'kill $(jobs -p) 2> /dev/null || true; wait' EXIT

case $case in
  ipv6)
    ip -n a link add eth0 type veth peer name eth0 netns b
    for host in a b; do ip -n $host link set eth0 up; done
    ip -n a addr add fd00:9::1/64 dev eth0 nodad
    ip -n b addr add fd00:9::2/64 dev eth0 nodad
    # A link-local address is tentative until nobody else has said that it is theirs.
    for host in a b; do while inside $host ip -6 addr show tentative | grep -q inet6; do sleep 0.1; done; done
    for host in a b; do start $host --if eth0 --discover '[ff02::8822]:8822'; done
    ;;
  nat)
    ip netns add router
    for link in 'a 10.9.0.1 10.9.0.254' 'b 192.168.9.2 192.168.9.1'; do
      set -- $link
      ip -n "$1" link add eth0 type veth peer name "to-$1" netns router
      ip -n "$1" addr add "$2/24" dev eth0
      ip -n router addr add "$3/24" dev "to-$1"
      ip -n "$1" link set eth0 up
      ip -n router link set "to-$1" up
    done
    ip -n b route add default via 192.168.9.1
    inside router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
    inside router nft -f - <<'NFT'
table ip nat {
  chain in { type nat hook prerouting priority dstnat; iifname "to-a" tcp dport 7022 dnat to 192.168.9.2:11022; }
  chain out { type nat hook postrouting priority srcnat; oifname "to-a" masquerade; }
}
NFT
    start a --if eth0 --discover ''
    start b --if eth0 --advertise 10.9.0.254:7022 --discover '' -j "$(cat "$scratch/a.url")"
    ;;
esac

a=$(cat "$scratch/a.url") b=$(cat "$scratch/b.url")
until [ "$(inside a "$NODE" "$PROGRAM" ls -d "$a" / | wc -l)" -ge 2 ]; do sleep 0.2; done
echo "${b%/*/*}"
# Through the first one, which dials the second.
inside a "$NODE" "$PROGRAM" mkchan -d "$a" "/${b##*/}/far" 1
echo hello | inside a "$NODE" "$PROGRAM" send -d "$a" "/${b##*/}/far"
inside a "$NODE" "$PROGRAM" recv -d "$a" "/${b##*/}/far"
