# shells: bash
# Sends messages with echo until it has been enough: undisturbed, with a trapped signal again and again, or with a limit of time. One that may be
# killed appends: killed between its open with > and its first write it would have sent an empty message.
# shellcheck source=/dev/null
. "${BASH_SOURCE%/*}/worker.sh"

if [ "$STYLE" = trap ]; then
  trap ':' USR1
  while kill -USR1 $$ 2> /dev/null; do sleep "$EVERY"; done &
fi

read -ra sizes <<< "$SIZES"
for ((n = 1; n <= MOST; n++)); do
  ! enough || break
  id=$NAME.$n size=${sizes[n % ${#sizes[@]}]}
  head="$id $size "
  printf -v filling '%*s' $((size - ${#head} - 1)) ''
  text=$head${filling// /.}
  note 'send begun' "\"id\":\"$id\""
  if [ "$STYLE" = timeout ]; then
    timeout 0.5 bash -c 'echo "$1" >> "$2"' - "$text" "$TARGET" 2> "$said"
  else
    { echo "$text" > "$TARGET"; } 2> "$said"
  fi
  case $? in
    0) result=ok ;;
    124) result=killed ;;
    *) result=$(complaint) ;;
  esac
  note sent "\"id\":\"$id\",\"calls\":1,\"result\":\"$result\""
  sleep "$PACE"
done
