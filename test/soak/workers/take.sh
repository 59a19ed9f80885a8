# shells: bash
# Takes small messages line by line, or with circuit-take(1), and says that they are done, or gives them back, until the channel is closed and nothing is
# left.
# shellcheck source=/dev/null
. "${BASH_SOURCE%/*}/worker.sh"

# Of the message in `text`, whose newline `read` has taken.
took() {
  local whole=false head=${text:0:80}
  id=
  if [[ $text =~ ^([a-z0-9]+\.[0-9]+)\ ([0-9]+)\ \.*$ ]]; then
    id=${BASH_REMATCH[1]}
    if ((${#text} + 1 == BASH_REMATCH[2])); then whole=true; fi
  fi
  note took "\"bytes\":$((${#text} + 1)),\"whole\":$whole,\"id\":\"$id\",\"head\":\"${head//[^a-z0-9. ]/?}\""
}

# Of the program that `circuit take` runs; what becomes of its message is not known here.
commanded() {
  trap 'exit 1' TERM
  IFS= read -r text || exit
  took
  sleep "$PACE"
  if ((RANDOM % 5)); then
    note settling "\"id\":\"$id\",\"how\":\"done\""
    note settled "\"id\":\"$id\",\"how\":\"done\",\"result\":\"unknown\""
  else
    note settling "\"id\":\"$id\",\"how\":\"back\""
    exit 1
  fi
}

export -f note took commanded
anchor=${TARGET#/circuit}
while [ "$STYLE" = command ] && ! over; do
  circuit take --loop "${anchor%/take}" -- bash -c commanded 2> "$said"
  status=$?
  result=$(complaint)
  # As xargs: 123 for a command that failed, which is what ours does to give back.
  [ "$status" != 123 ] && [ "$status" != 0 ] || exit 0
  note called "\"what\":\"take\",\"result\":\"$result\""
  sleep 0.1
done

result=ok
for ((n = 1; ; )); do
  ! over || break
  if { exec 3<> "$TARGET"; } 2> "$said"; then
    while IFS= read -r text <&3 2> "$said"; do
      took
      sleep "$PACE"
      if ((n++ % 5)); then how='done'; else how=back; fi
      note settling "\"id\":\"$id\",\"how\":\"$how\""
      { echo $how >&3; } 2> "$said"
      result=$(complaint)
      note settled "\"id\":\"$id\",\"how\":\"$how\",\"result\":\"$result\""
      [ "$result" = ok ] || break
    done
    [ "$result" = ok ] && result=$(complaint)
    exec 3>&-
  else
    result=$(complaint)
  fi
  note called "\"what\":\"take\",\"result\":\"$result\""
  [ "$result" != ENODATA ] || break
  result=ok
  sleep 0.1
done
