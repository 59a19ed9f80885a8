# shells: bash dash
# The shell's echo, blocked on "send", loses nothing when a background job ends meanwhile, though that is a signal.
# needs: interrupts
mkdir $A/box
echo mkchan 0 > $A/box/ctl
for word in one two three; do
  (until grep -q '"WaitingSenders": 1' $A/box/peek; do sleep 0.02; done) &
  job=$!
  (
    while grep -q '^State:.[^Z]' /proc/$job/status; do sleep 0.02; done
    sleep 0.2 # long enough for the signal to do its harm
    cat $A/box/recv
  ) &
  echo $word > $A/box/send || echo lost
  wait
done
grep -E "Num(Send|Recv)" $A/box/peek
