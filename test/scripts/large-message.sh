# limit: 180
# A message of 256 MiB passes through a channel, and the server's memory does not grow with it.
pid=$(sed -n 's/^\t"Pid": \([0-9]*\).*/\1/p' $S/peek)
peak_kb() { awk '/^VmHWM/ { print $2 }' /proc/$pid/status; }
mkdir $A/pipe
echo mkchan 0 > $A/pipe/ctl
before=$(peak_kb)
dd if=/dev/zero bs=1M count=256 status=none > $A/pipe/send &
cat $A/pipe/recv | wc -c
wait
grown=$(($(peak_kb) - before))
if [ $grown -lt 128000 ]; then echo bounded; else echo "grown by $grown KB"; fi
