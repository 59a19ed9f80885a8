#!/usr/bin/env bash
# licence.sh MOUNT COMMAND [ARG…]: runs a command that needs one of three licences, whatever host it runs on; waits while all are taken.
set -euo pipefail

circuit=$1
# All hosts agree upon the first server, and whoever is first there makes the semaphore.
servers=("$circuit"/X*)
anchor=${servers[0]}/licence
mkdir -p "$anchor"
echo mklock 3 > "$anchor/ctl" 2> /dev/null || [ -e "$anchor/lock" ]

# Without -o the licence would go with the last process that the command leaves behind.
flock -o "$anchor/lock" "${@:2}"
