# shells: bash
# Takes a lock again and again: with flock(1), for a program that runs under it or for the descriptor of this shell, or with circuit-lock(1).
# shellcheck source=/dev/null
. "${BASH_SOURCE%/*}/worker.sh"

# hold [TOKEN]
hold() {
  note granted "\"id\":\"$id\"${1:+,\"token\":$1}"
  sleep "$PACE"
  note 'let go' "\"id\":\"$id\",\"result\":\"ok\""
}

# Of the program that flock(1) runs: it has inherited the descriptor.
held() {
  local token
  read -r token <&3 2> /dev/null
  hold "$token"
}

# Of the program that `circuit lock` runs: it is told to end if the lock is lost.
commanded() {
  trap 'note "let go" "\"id\":\"$id\",\"result\":\"lost\""; exit 1' TERM
  hold "$CIRCUIT_LOCK_TOKEN"
}

export -f note hold held commanded
anchor=${TARGET#/circuit}
for ((n = 1; ; n++)); do
  ! enough || break
  export id=$NAME.$n
  note asked "\"id\":\"$id\""
  : > "$said"
  if [ "$STYLE" = flock ]; then
    flock "$TARGET" bash -c held 2> "$said"
  elif [ "$STYLE" = command ]; then
    circuit lock "${anchor%/lock}" -- bash -c commanded 2> "$said"
  elif { exec 9>> "$TARGET"; } 2> "$said" && flock 9 2> "$said"; then
    hold
  fi
  result=$(complaint)
  [ "$result" = ok ] || note refused "\"id\":\"$id\",\"result\":\"$result\""
  exec 9>&-
  sleep "$([ "$result" = ok ] && echo "$PACE" || echo 0.1)"
done
