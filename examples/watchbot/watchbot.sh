#!/usr/bin/env bash
# A bot of two processes on two servers: the payload works, the nucleus waits for it, and when it has ended starts both anew on other servers.
# Each of them notices when the other one dies with its server, and puts it back.
# Usage: watchbot.sh [MOUNTPOINT [stop]]. PAYLOAD: what it does, "sleep 10" unless set. PAUSE: seconds between two lives, 2 unless set.
set -euo pipefail

circuit=${1:-/circuit}
role=${2:-start}
me=${3:-}      # the anchor of this process
partner=${4:-} # the nucleus's payload
export PAYLOAD=${PAYLOAD:-sleep 10} PAUSE=${PAUSE:-2}
# The other hosts need not have this file: the bot carries its own text along.
script=${BASH_EXECUTION_STRING:-$(< "$0")}

# words WORD…: quoted, so that a command in ctl takes them as they are; on one line, since bash writes line by line.
words() {
  printf '%s ' "${@@Q}"
}

# start ANCHOR ROLE [PARTNER]: makes the anchor, and runs this script in it. Output that nobody reads is let go.
start() {
  mkdir -p "$1" || return
  local command
  command=$(words env "PAYLOAD=$PAYLOAD" "PAUSE=$PAUSE" bash -c "$script" watchbot "$circuit" "$2" "$1" "${3:-}")
  printf 'mkproc %s\ndrain\n' "$command" > "$1/ctl" || return
  echo "$2: $1"
}

# remove ANCHOR: takes its element away, if its server still lives, and the anchor.
remove() {
  echo scrub > "$1/ctl"
  remove_anchor "$1"
} 2> /dev/null

# The anchor alone, and the directory above it when that is empty.
remove_anchor() {
  rmdir "$1"
  rmdir "${1%/*}"
} 2> /dev/null

# Two servers picked at random; one twice if there is no other.
pick() {
  mapfile -t servers < <(shuf -n 2 -e "$circuit"/X*/)
}

start_payload() {
  pick
  until start "${servers[0]}virus/payload" payload; do
    sleep "$PAUSE" # a server that has just died may still have been listed
    pick
  done
  payload=${servers[0]}virus/payload
}

# start_nucleus PAYLOAD: on another server than that of its payload.
start_nucleus() {
  local server
  while
    pick
    server=${servers[0]}
    if [[ $1 == "$server"* ]]; then server=${servers[-1]}; fi
    ! start "${server}virus/nucleus" nucleus "$1"
  do sleep "$PAUSE"; done
}

# Whoever watches the payload says so in its stdin; it watches back for as long as it lives.
watch_back() {
  local nucleus
  while read -r nucleus; do
    read -r _ < "$nucleus/wait" || true # the shell's own read: nothing of it is left when it is killed
    kill -0 $$ 2> /dev/null || exit 0 # the payload was killed, and this part of it was not
    remove "$nucleus" || true
    start_nucleus "$me"
  done
}

case $role in
  start)
    start_payload
    start_nucleus "$payload"
    ;;
  payload)
    watch_back <&0 &
    bash -c "$PAYLOAD" < /dev/null || true
    kill $!
    ;;
  nucleus)
    echo "$me" >> "$partner/stdin" || true
    cat "$partner/wait" > /dev/null || true # until the payload ends, or its server
    remove "$partner" || true
    sleep "$PAUSE"
    mkdir "$me/moving" || true # keeps the anchor, so that "stop" sees the bot at any time
    echo scrub > "$me/ctl" || true
    start_payload
    start_nucleus "$payload"
    rmdir "$me/moving" || true
    remove_anchor "$me" || true # a new nucleus in the same place keeps it (EBUSY)
    ;;
  stop)
    # The payload first: while it lives it would put the nucleus back. A nucleus that starts both anew cannot be killed, but what it starts can.
    while ls -d "$circuit"/X*/virus > /dev/null 2>&1; do
      for part in payload nucleus; do
        for virus in "$circuit"/X*/virus; do
          if echo signal KILL > "$virus/$part/ctl"; then
            rmdir "$virus/$part/moving" || true
            echo scrub > "$virus/$part/ctl" || true
          fi
          remove_anchor "$virus/$part" || true
        done
      done 2> /dev/null
      sleep 0.1
    done
    ;;
esac
