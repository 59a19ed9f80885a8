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

# field NAME JSON: the text or number of that name.
field() {
  [[ $2 =~ \"$1\":\ ?\"?([^\",]+) ]] && echo "${BASH_REMATCH[1]}"
}

# ask TYPE NAME: the name server, with dig.
ask() {
  local answer
  answer=$(dig +short "@${names%:*}" -p "${names##*:}" "$2" "$1") && [ -n "$answer" ] && echo "${answer//\"/}"
}

# start ANCHOR NAME COMMAND: makes the anchor and what the command says, and enters its path as the TXT record of the name.
start() {
  mkdir "$1" && { echo "$3" > "$1/ctl" || { cat "$1/error" >&2 && false; }; } && echo "set $2 60 IN TXT \"$1\"" > "$own/names/ctl"
}

# joined SERVER: starts the two there.
joined() {
  local server=$circuit$1 peek host address
  peek=$(cat "$server/peek") && host=$(field Host "$peek") && address=$(field Addr "$peek") && mkdir "$server/newcomer" || return
  hosts[$1]=$host
  echo "set $host.example. 60 IN A ${address%:*}" > "$own/names/ctl"
  start "$server/newcomer/container" "container.$host.example." "mkdkr {\"Image\": \"$image\", \"Path\": \"sed\", \"Args\": [\"s/.*/Welcome, &!/\"]}" &&
    start "$server/newcomer/process" "process.$host.example." "mkproc bash -c 'sleep $work; echo \$HOSTNAME > $own/letters/send'" &&
    echo "$host has joined: $(ask A "$host.example.")"
}

# left SERVER: what was there is gone with it, but for its names.
left() {
  local host=${hosts[$1]:-}
  if [ -z "$host" ]; then return; fi
  unset "hosts[$1]"
  printf 'unset %s\n' {container.,process.,}"$host.example." > "$own/names/ctl"
  echo "$host has left."
}

# sent HOST: its process has sent a letter, with its name; which is for its container. That reads until its input ends.
sent() {
  local container
  container=$(ask TXT "container.$1.example.") && echo "$1 has sent a letter; to $container" && echo "$1" > "$container/stdin"
}

# ended ANCHOR RESULT: takes away the process or container there, and its name.
ended() {
  local server=${1#"$circuit"}
  local name=${1##*/}.${hosts[${server%%/newcomer*}]}
  echo "$name has ended with $(field ExitCode "$2"): $(cat "$1/stdout")"
  echo "unset $name.example." > "$own/names/ctl" && rmdir "$1"
}

# shellcheck disable=SC2317 # it is called at the end
clean_up() {
  for server in "${!hosts[@]}"; do
    newcomer=$circuit$server/newcomer
    echo signal KILL > "$newcomer/process/ctl" && cat "$newcomer/process/wait" > /dev/null
    echo scrub -r > "$newcomer/ctl" && rmdir "$newcomer"
  done
  echo scrub -r > "$own/ctl" && rmdir "$own"
} 2> /dev/null

peek=$(cat "$circuit/self/peek")
own=$circuit/$(field ID "$peek")/everything
mkdir "$own"
trap 'clean_up || true' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$own"/{joins,leaves,letters,names,first}
address=$(field Addr "$peek")
echo "mkdns ${address%:*}:0" > "$own/names/ctl"
names=$(field Address "$(cat "$own/names/peek")")
echo mkchan 10 > "$own/letters/ctl"
echo mk@leave > "$own/leaves/ctl"
echo mk@join > "$own/joins/ctl"
echo "The name server is at $names."

while :; do
  # Whatever comes first: a server, its end, a letter, or the end of a container or process.
  files=("$own"/{joins,leaves,letters}/recv "$circuit"/X*/newcomer/*/wait)
  printf -v clauses '{"op": "r", "file": "%s"},' "${files[@]}"
  echo "mkselect [${clauses%,}]" > "$own/first/ctl" || continue # a server has just died
  read -r winner < "$own/first/wait"
  clause=$(field clause "$winner")
  message=$(cat "$own/first/read.$clause") || true
  echo scrub > "$own/first/ctl"
  case ${files[clause]} in
    */joins/recv) joined "$message" || echo "$message has joined, and could not be used." >&2 ;;
    */leaves/recv) left "$message" ;;
    */letters/recv) sent "$message" || echo "$message has sent a letter, and has no container." >&2 ;;
    */wait) ended "${files[clause]%/wait}" "$message" || true ;; # its server may have died
  esac
done
