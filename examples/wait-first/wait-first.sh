#!/usr/bin/env bash
# Runs five programs on servers picked at random, waits until the first of them has ended, and takes all of them away.
# Usage: wait-first.sh [MOUNTPOINT]. STEP, 3 unless set: by how many seconds each program takes longer than the one before.
set -euo pipefail

circuit=${1:-/circuit}
anchors=()

# Ends the programs that still run, and with them those who wait; and takes all anchors away.
clean_up() {
  trap '' HUP INT TERM # a second signal does not break it off
  for anchor in "${anchors[@]}"; do echo signal KILL > "$anchor/ctl" || true; done
  for anchor in "${anchors[@]}"; do
    cat "$anchor/wait" > /dev/null || true # those who waited until now may have been ended, too
    rmdir "$anchor" && rmdir --ignore-fail-on-non-empty "${anchor%/*}" || true
  done
} 2> /dev/null
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

declare -A waiting # pid of who waits → number of the program
program='sleep'
for number in {0..4}; do
  program+=" ${STEP:-3}" # sleep adds its arguments up: 3, then 3 3, then 3 3 3 …
  anchor=$(shuf -n 1 -e "$circuit"/X*/)wait-first/$number
  anchors+=("$anchor")
  mkdir -p "$anchor"
  echo "mkproc $program" > "$anchor/ctl"
  cat "$anchor/wait" > /dev/null &
  waiting[$!]=$number
done

while [ ${#waiting[@]} -gt 0 ]; do
  if wait -n -p ended "${!waiting[@]}"; then
    echo "wait-first/${waiting[$ended]} is done."
    echo 'One done.'
    exit
  fi
  echo "wait-first/${waiting[$ended]} is lost with its server."
  unset "waiting[$ended]"
done
echo 'None is done: the servers of all five have died.' >&2
exit 1
