#!/usr/bin/env bash
# leader.sh [MOUNT [STORE]]: of all hosts on which this runs, one leads at a time. The leader writes to a store that refuses who has been replaced.
# WORK: how long a leader leads, in seconds. LATE=1: it writes once more when it has been replaced, to show what becomes of that.
set -euo pipefail

circuit=${1:-/circuit}
store=${2:-/tmp/leader.store}

# put TOKEN TEXT: the store. It remembers the highest token that it has seen; a database does the same with one more column and a condition.
put() (
  flock 8
  newest=0
  if [ -s "$store" ]; then read -r newest _ < "$store"; fi
  if [ "$1" -lt "$newest" ]; then
    echo "refused: token $1 is older than $newest"
    return 1
  fi
  echo "$1 $2" > "$store"
) 8>> "$store.lock"

# All hosts agree upon the first server, and whoever is first there makes the lock.
servers=("$circuit"/X*)
anchor=${servers[0]}/leader
mkdir -p "$anchor"
echo mklock > "$anchor/ctl" 2> /dev/null || [ -e "$anchor/lock" ]

exec 9<> "$anchor/lock"
flock 9
read -r token <&9
echo "$HOSTNAME leads, with token $token"
put "$token" "$HOSTNAME"
sleep "${WORK:-5}"
exec 9>&- # or the end of this script, however it comes

if [ "${LATE:-}" = 1 ]; then
  until [ "$(cut -d ' ' -f 1 "$store")" -gt "$token" ]; do sleep 0.1; done
  put "$token" "$HOSTNAME, late" || echo "$HOSTNAME has been replaced"
fi
