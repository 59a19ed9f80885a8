# shells: bash
# Four programs receive from a channel on web-2 until it is closed; all numbers that were sent must have come, each once.
cd "$SHARED"
for consumer in 1 2 3 4; do
  while read -r n < /circuit/host/web-2/work/recv; do echo $n; done > received.$consumer 2> ended.$consumer &
done
wait
grep -L 'No data available' ended.*
sort -n sent.* > sent
sort -n received.* | cmp - sent && echo each exactly once
