# shells: bash
# Sends the numbers from 1 to 4,000 into a channel on web-2, from two programs.
for first in 1 2; do
  for n in $(seq $first 2 4000); do echo $n > /circuit/host/web-2/work/send; done &
  producers="${producers-} $!"
done
for producer in $producers; do wait $producer; done
echo close > /circuit/host/web-2/work/ctl
