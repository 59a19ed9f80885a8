# limit: 60
# Four producers, four consumers, 2,000 messages: each is received exactly once, and "close" ends the consumers.
mkdir $A/work
echo mkchan 100 > $A/work/ctl
for first in 1 2 3 4; do
  for n in $(seq $first 4 2000); do echo $n > $A/work/send; done &
  producers="${producers-} $!"
  while read -r n < $A/work/recv; do echo $n; done > received.$first 2> ended.$first &
  consumers="${consumers-} $!"
done
wait $producers
echo close > $A/work/ctl
wait $consumers
seq 2000 > sent
sort -n received.* | cmp - sent && echo each exactly once
grep -c 'No data available' ended.* | wc -l
grep -E "Num(Send|Recv)" $A/work/peek
