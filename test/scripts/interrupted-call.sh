# needs: interrupts
# The kernel restarts no call here: after stop and continue a program goes on that tries again (cat), and one that does not says why (sort).
export LC_ALL=C
mkdir $A/chan
echo mkchan 0 > $A/chan/ctl
stopped_and_continued() {
  until grep -q '"WaitingReceivers": 1' $A/chan/peek; do :; done
  kill -STOP $1
  until grep -q '^State:.*stopped' /proc/$1/status; do :; done
  kill -CONT $1
}
sort $A/chan/recv 2> said &
stopped_and_continued $!
wait $! || sed 's/.*: //' said
cat $A/chan/recv &
stopped_and_continued $!
echo still there > $A/chan/send
wait
# Locks are refused rather than granted in vain.
flock $A/chan/ctl true 2>&1 | sed 's/.*: //'
