# shells: bash
# Starts processes on another host, and compares what two readers of each output get at once, and its status.
# shellcheck source=/dev/null
. "${BASH_SOURCE%/*}/worker.sh"
set -o pipefail

# The checksum, if both readers got the same and the status was 0; else all that there was.
summary() {
  local first second status
  { read -r first _; read -r second _; IFS=, read -r status _; } <<< "$1"
  if [ "$first" = "$second" ] && [ "$status" = '"ExitCode": 0' ]; then echo "$first"; else echo "$first $second ${status//\"/}"; fi
}

expected=$(seq "$SIZES" | sha256sum)
for ((n = 1; ; n++)); do
  ! enough || break
  a=$TARGET/$NAME-$n
  got=$(
    exec 2> "$said"
    mkdir "$a" && echo "mkproc seq $SIZES" > "$a/ctl" || exit
    sha256sum < "$a/stdout" > "$said.other" &
    sha256sum < "$a/stdout" || exit
    wait $! || exit
    cat "$said.other"
    grep -o '"ExitCode": .*' "$a/wait" && rmdir "$a"
  )
  result=$(complaint)
  note summed "\"result\":\"$result\",\"what\":\"stdout of $a\",\"expected\":\"${expected%% *}\",\"got\":\"$(summary "$got")\""
  sleep "$PACE"
done
