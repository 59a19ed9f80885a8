# shells: bash
# Sends the numbers from 1 into a channel on web-2, from two programs, until there is a file `enough`; each notes what it has sent.
cd "$SHARED"
for first in 1 2; do
  for ((n = first; ; n += 2)); do
    [ ! -e enough ] || break
    echo $n > /circuit/host/web-2/work/send
    echo $n
  done > sent.$first &
  producers="${producers-} $!"
done
for producer in $producers; do wait $producer; done
echo close > /circuit/host/web-2/work/ctl
