# shells: bash
# Output that cannot be written is a failure of its own, in one sentence; a reader who has gone away is none worth a word.
for command in 'ls /' ps 'top --once' "peek $S"; do
  status=0
  circuit $command 2> said > /dev/full || status=$?
  echo "$status $(sed 's/: [^:]*ENOSPC.*/: ENOSPC/' said)"
done
