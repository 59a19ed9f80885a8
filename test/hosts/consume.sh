# shells: bash
# Four programs receive from a channel on web-2 until it is closed; all numbers up to 4,000 must have come, each once.
cd "$RECEIVED"
for consumer in 1 2 3 4; do
  while read -r n < /circuit/host/web-2/work/recv; do echo $n; done > received.$consumer 2> ended.$consumer &
done
wait
grep -L 'No data available' ended.*
seq 4000 > sent
sort -n received.* | cmp - sent && echo each exactly once
