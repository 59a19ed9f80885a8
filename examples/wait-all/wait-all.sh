#!/usr/bin/env bash
# Runs five programs on servers picked at random, and waits until all of them have ended. One whose server dies runs again on another server.
# Usage: wait-all.sh [MOUNTPOINT]. STEP, 3 unless set: by how many seconds each program takes longer than the one before.
set -euo pipefail

circuit=${1:-/circuit}
anchors=()

# start I COMMAND…: starts a command in the anchor wait-all/I of some server.
start() {
  local server
  server=$(shuf -n 1 -e "$circuit"/X*/)
  anchors[$1]=${server}wait-all/$1
  mkdir -p "${anchors[$1]}"
  echo "mkproc ${*:2}" > "${anchors[$1]}/ctl"
}

# remove I: takes the anchor away, and ends what may still run there.
remove() {
  local anchor=${anchors[$1]}
  echo signal KILL > "$anchor/ctl" && cat "$anchor/wait" > /dev/null
  rmdir "$anchor" && rmdir --ignore-fail-on-non-empty "${anchor%/*}"
} 2> /dev/null

clean_up() {
  trap '' HUP INT TERM # a second signal does not break it off
  for number in "${!anchors[@]}"; do remove "$number" || true; done
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

programs=()
program='sleep'
for number in {0..4}; do
  program+=" ${STEP:-3}" # sleep adds its arguments up: 3, then 3 3, then 3 3 3 …
  programs[number]=$program
  start "$number" "$program"
done

for number in {0..4}; do
  until cat "${anchors[number]}/wait" > /dev/null; do
    echo "wait-all/$number is lost, and runs again."
    start "$number" "${programs[number]}"
  done
  remove "$number" || true
  unset "anchors[number]"
  echo "wait-all/$number is done."
done
echo 'All done.'
