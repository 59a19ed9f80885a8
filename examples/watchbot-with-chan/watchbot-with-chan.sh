#!/usr/bin/env bash
# A bot that an operator drives: each nucleus sends a message into a channel of capacity 3 before it goes on, so the bot stands still at epoch 3 until
# somebody receives. It survives the death of the payload's server and of the channel's. When the channel is closed or taken away, the bot ends.
# Usage: watchbot-with-chan.sh [MOUNTPOINT]. PAYLOAD: what it does, "sleep 10" unless set. PAUSE: seconds between two epochs, 2 unless set.
set -euo pipefail

circuit=${1:-/circuit}
role=${2:-start}
epoch=${3:-0}
me=${4:-}      # the anchor of this process
payload=${5:-} # that of the payload which this nucleus waits for
back=${6:-}    # that of the channel
export PAYLOAD=${PAYLOAD:-sleep 10} PAUSE=${PAUSE:-2}
# The other hosts need not have this file: the bot carries its own text along.
script=${BASH_EXECUTION_STRING:-$(< "$0")}

# json TEXT…: as JSON strings, with commas between them. There are no control characters in these texts but newlines and tabs.
json() {
  local text comma=
  for text; do
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    printf '%s"%s"' "$comma" "${text//$'\t'/\\t}"
    comma=', '
  done
}

# start ANCHOR COMMAND…: makes the anchor, and runs a command in it whose element goes by itself when it has ended.
start() {
  mkdir -p "$1" || return
  echo "mkproc {\"Path\": $(json "$2"), \"Args\": [$(json "${@:3}")], \"Env\": [$(json "PAYLOAD=$PAYLOAD" "PAUSE=$PAUSE")],
    \"Scrub\": true, \"Overflow\": \"drop\"}" > "$1/ctl" || return
  echo "$1"
}

# remove ANCHOR: takes it away, and the directories above it that are empty then.
remove() {
  local virus=${1%/virus/*}/virus
  rmdir "$1"
  rmdir "$virus/payload" "$virus/nucleus" "$virus" || true
} 2> /dev/null

pick() {
  shuf -n 1 -e "$circuit"/X*/
}

make_back() {
  until back=$(pick)virus/back && mkdir -p "$back" && echo mkchan 3 > "$back/ctl"; do sleep "$PAUSE"; done
  echo "$back"
}

# Starts the payload and the nucleus of an epoch, on two servers if there are two.
start_both() {
  local servers nucleus
  until
    payload=$(pick)virus/payload/$epoch
    start "$payload" bash -c "$PAYLOAD"
  do sleep "$PAUSE"; done
  until
    mapfile -t servers < <(shuf -n 2 -e "$circuit"/X*/)
    if [[ $payload == "${servers[0]}"* ]]; then servers=("${servers[-1]}"); fi
    nucleus=${servers[0]}virus/nucleus/$epoch
    start "$nucleus" bash -c "$script" watchbot "$circuit" nucleus "$epoch" "$nucleus" "$payload" "$back"
  do sleep "$PAUSE"; done
}

# Opens a message and begins it, which waits until the channel has room. The message stays open for as long as this nucleus lives.
acquire() {
  exec 4> "$back/send" && echo "$epoch nucleus acquired back channel" >&4
}

case $role in
  start)
    make_back
    start_both
    ;;
  nucleus)
    until acquire; do
      if [ -d "${back%/virus/back}" ]; then # its server lives: somebody wants the bot to end
        echo signal KILL > "$payload/ctl" || true
        cat "$payload/wait" > /dev/null || true
        remove "$payload" || true
        echo scrub > "$me/ctl"
        remove "$me"
        exit
      fi
      make_back
    done
    cat "$payload/wait" > /dev/null || true # until it ends, or its server; its element may be gone already
    echo "$epoch payload has ended" >&4 || true
    remove "$payload" || true
    sleep "$PAUSE"
    echo scrub > "$me/ctl" || true
    epoch=$((epoch + 1))
    start_both
    remove "$me" || true # only now, so that something of the bot can be seen at any time
    ;;
esac
