# shells: bash
# Receives small messages with cat, until the channel is closed; with a limit of time again and again, or without.
# shellcheck source=/dev/null
. "${BASH_SOURCE%/*}/worker.sh"

received=$FLAGS/$NAME.received
while :; do
  if [ "$STYLE" = timeout ]; then
    timeout 0.5 cat "$TARGET" > "$received" 2> "$said"
  else
    cat "$TARGET" > "$received" 2> "$said"
  fi
  case $? in
    0) result=ok ;;
    124) result=killed ;;
    *) result=$(complaint) ;;
  esac
  text=$(< "$received") bytes=$(stat -c %s "$received") whole=false id=
  if [[ $text =~ ^([a-z0-9]+\.[0-9]+)\ ([0-9]+)\ \.*$ ]]; then
    id=${BASH_REMATCH[1]}
    if ((bytes == BASH_REMATCH[2] && bytes == ${#text} + 1)); then whole=true; fi
  fi
  head=${text:0:80}
  note received "\"result\":\"$result\",\"bytes\":$bytes,\"whole\":$whole,\"id\":\"$id\",\"head\":\"${head//[^a-z0-9. ]/?}\""
  case $result in
    ok | killed) ;;
    ENODATA) break ;;
    *) ! over || break; sleep 0.1 ;;
  esac
done
