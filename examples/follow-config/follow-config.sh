#!/usr/bin/env bash
# A configuration that all hosts follow: a topic on one server holds it, and a program on each server takes up each new one.
# Usage: follow-config.sh [MOUNTPOINT]
set -euo pipefail

circuit=${1:-/circuit}
anchors=()

# Ends the programs, and takes all anchors away.
clean_up() {
  trap '' HUP INT TERM # a second signal does not break it off
  for anchor in "${anchors[@]}"; do
    echo signal KILL > "$anchor/ctl" || true
    cat "$anchor/wait" > /dev/null || true
    rmdir "$anchor" || true # it may not have been made yet, but the one above it
    rmdir --ignore-fail-on-non-empty "${anchor%/*}" || true
  done
} 2> /dev/null
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# What runs on each server, with the topic as $0. A subscriber that is overtaken has missed something: it begins again with the newest.
follower='
while [ -e "$0" ]; do
  while IFS= read -r config; do
    [ "$config" = "${now-}" ] || echo "$HOSTNAME has $config"
    now=$config
  done < "$0/sub"
done 2> /dev/null'

topic=$(shuf -n 1 -e "$circuit"/X*/)follow-config/topic
anchors+=("$topic")
mkdir -p "$topic"
echo mktopic > "$topic/ctl"
echo colour=blue > "$topic/pub"

for server in "$circuit"/X*/; do
  anchor=${server}follow-config/follower
  anchors+=("$anchor")
  mkdir -p "$anchor"
  echo "mkproc bash -c ${follower@Q} ${topic@Q}" > "$anchor/ctl"
done

# Waits until each of them has said so many lines, and prints the last.
told() {
  for anchor in "${anchors[@]:1}"; do head -n "$1" "$anchor/stdout" | tail -n 1; done | sort
}

told 1
echo colour=green > "$topic/pub"
told 2
