#!/usr/bin/env bash
# All elements in one script: it watches servers come and go. On each that comes it starts a container and a process, enters both in a name server, and
# what the process sends through a channel it gives to the container that dig finds. It runs until it is interrupted, and then takes all down.
# Usage: everything.sh [MOUNTPOINT]. IMAGE: of the containers, busybox unless set. WORK: for how many seconds each process works, 3 unless set.
# The servers must run with --docker; this host needs dig.
set -euo pipefail
shopt -s nullglob

circuit=${1:-/circuit}
image=${IMAGE:-busybox}
work=${WORK:-3}
declare -A hosts # SERVER, as in /X317c2314a386a9db → the name of its host

# field NAME JSON: the text or number that stands there.
field() {
  [[ $2 =~ \"$1\":\ ?\"?([^\",]+) ]] && echo "${BASH_REMATCH[1]}"
}

# ask TYPE NAME: the name server, with dig. Fails if it knows nothing.
ask() {
  dig +short "@${names%:*}" -p "${names##*:}" "$1" "$2" | { read -r answer && echo "${answer//\"/}"; }
}

# start ANCHOR NAME COMMAND: makes the anchor, and in it what the command says; the name's TXT record is the path.
start() {
  mkdir "$1" && echo "$3" > "$1/ctl" && echo "set $2 60 IN TXT \"$1\"" > "$own/names/ctl"
}

joined() { # SERVER
  local new=$circuit$1/newcomer peek host address
  peek=$(cat "$circuit$1/peek") && host=$(field Host "$peek") && address=$(field Addr "$peek") && mkdir "$new" || return
  hosts[$1]=$host
  echo "set $host.example. 60 IN A ${address%:*}" > "$own/names/ctl"
  start "$new/container" "container.$host.example." "mkdkr {\"Image\": \"$image\", \"Path\": \"sed\", \"Args\": [\"s/.*/Welcome, &!/\"]}" &&
    start "$new/process" "process.$host.example." "mkproc bash -c 'sleep $work; uname -n > $own/letters/send && echo Sent.'" &&
    echo "$host has joined: $(ask A "$host.example.")"
}

left() { # SERVER; all that was there is gone with it, but for the names
  local host=${hosts[$1]:-}
  if [ -z "$host" ]; then return; fi
  unset "hosts[$1]"
  printf 'unset %s\n' {container.,process.,}"$host.example." > "$own/names/ctl"
  echo "$host has left."
}

sent() { # HOST, whose process has sent this name; the container reads until its input ends
  local container
  container=$(ask TXT "container.$1.example.") && echo "$1 has sent a letter, to $container." && echo "$1" > "$container/stdin"
}

ended() { # ANCHOR RESULT
  local server=${1#"$circuit"}
  local name=${1##*/}.${hosts[${server%%/newcomer*}]}
  echo "$name has ended with $(field ExitCode "$2"): $(cat "$1/stdout")"
  echo "unset $name.example." > "$own/names/ctl"
  rmdir "$1"
}

# shellcheck disable=SC2317 # it is called at the end
clean_up() {
  trap '' HUP INT TERM # a second signal does not break it off
  for server in "${!hosts[@]}"; do
    new=$circuit$server/newcomer
    echo signal KILL > "$new/process/ctl" && cat "$new/process/wait" > /dev/null
    echo scrub -r > "$new/ctl" && rmdir "$new"
  done
  echo scrub -r > "$own/ctl" && rmdir "$own"
} 2> /dev/null

peek=$(cat "$circuit/self/peek")
own=$circuit/$(field ID "$peek")/everything
trap '' HUP INT TERM # until it is known that there is something to take down
mkdir "$own"
trap 'clean_up || true' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$own"/{names,letters,joins,leaves,first}
address=$(field Addr "$peek")
echo "mkdns ${address%:*}:0" > "$own/names/ctl"
names=$(field Address "$(cat "$own/names/peek")")
echo mkchan 10 > "$own/letters/ctl"
echo mk@leave > "$own/leaves/ctl"
echo mk@join > "$own/joins/ctl"
echo "The name server is at $names."

# Whatever comes first: a server, the end of one, a letter, or the end of a process or container.
while files=("$own"/{joins,leaves,letters}/recv); do
  for server in "${!hosts[@]}"; do files+=("$circuit$server"/newcomer/*/wait); done
  printf -v clauses '{"op": "r", "file": "%s"},' "${files[@]}"
  echo "mkselect [${clauses%,}]" > "$own/first/ctl" || continue # a server has just died
  read -r winner < "$own/first/wait"
  clause=$(field clause "$winner")
  text=$(cat "$own/first/read.$clause") || true
  echo scrub > "$own/first/ctl"
  case ${files[clause]} in
    */joins/recv) joined "$text" || echo "$text has joined, and cannot be used." ;;
    */leaves/recv) left "$text" ;;
    */letters/recv) sent "$text" || echo "The container of $text is gone." ;;
    */wait) ended "${files[clause]%/wait}" "$text" || true ;;
  esac
done
