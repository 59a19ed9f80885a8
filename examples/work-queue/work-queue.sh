#!/usr/bin/env bash
# A queue of jobs for workers on servers picked at random, which crash at every third job. The job of a worker that dies is done by the next one; a
# job that kills all of its workers ends among the dead.
# Usage: work-queue.sh [MOUNTPOINT]. JOBS: how many, 20 unless set. WORKERS: how many at once, 3 unless set, and fewer than 5.
set -euo pipefail

circuit=${1:-/circuit}
# By the server's ID: "self" would be another one on each host.
queue=$circuit/$(readlink "$circuit/self")/work-queue
count=${JOBS:-20}

# What a worker does, with the queue's directory as $0. A job counts as received when "done" is written.
work='
exec 3<> "$0/jobs/take"
while IFS= read -r job <&3; do
  [ "$job" != bad ] && ((++number < 3)) || kill -KILL $$
  echo "$job squared is $((job * job))" 3>&- > "$0/results/send" && echo done >&3 || echo back >&3
done'

# keep NUMBER: one worker after the other, until one ends by itself, since nothing is left to be done.
keep() {
  local anchor
  while
    anchor=$(shuf -n 1 -e "$circuit"/X*/)work-queue/worker-$1
    mkdir -p "$anchor"
    printf 'mkproc bash -c %s %s\n' "${work@Q}" "${queue@Q}" > "$anchor/ctl"
    ! grep -q '"ExitCode": 0,' "$anchor/wait" # also when its server has died
  do
    echo "A worker has crashed."
    rmdir "$anchor"
  done
  rmdir "$anchor"
} 2> /dev/null

# Takes away what was made; what still runs is killed.
clean_up() {
  trap '' HUP INT TERM # a second signal does not break it off
  [ ${#keepers[@]} = 0 ] || kill "${keepers[@]}" || true
  wait || true
  for anchor in "$circuit"/X*/work-queue/worker-*/; do
    echo signal KILL > "$anchor/ctl" || true
    cat "$anchor/wait" || true
    rmdir "$anchor" || true
  done
  rmdir "$queue"/* "$circuit"/X*/work-queue || true
} > /dev/null 2>&1
keepers=()
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

mkdir -p "$queue/jobs" "$queue/results"
echo "mkchan {\"Capacity\": $((count + 1)), \"Tries\": 5}" > "$queue/jobs/ctl"
echo "mkchan $((count + 1))" > "$queue/results/ctl"
echo bad > "$queue/jobs/send"
for ((job = 1; job <= count; job++)); do echo "$job" > "$queue/jobs/send"; done
echo close > "$queue/jobs/ctl"

for ((number = 0; number < ${WORKERS:-3}; number++)); do
  keep "$number" &
  keepers+=("$!")
done
wait "${keepers[@]}"

echo close > "$queue/results/ctl"
while cat "$queue/results/recv" 2> /dev/null; do :; done | sort -n
while dead=$(cat "$queue/jobs/dead" 2> /dev/null); do echo "Dead: $dead"; done
