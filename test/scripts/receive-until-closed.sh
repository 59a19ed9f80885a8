# shells: bash dash
# A loop over a channel's messages ends after "close", when all that was sent before has been received.
mkdir $A/jobs
echo mkchan 3 > $A/jobs/ctl
echo one > $A/jobs/send
echo two > $A/jobs/send
(
  while cat $A/jobs/recv; do echo --; done 2> ended
  echo no more
) > received &
echo three > $A/jobs/send
echo close > $A/jobs/ctl
wait
cat received
grep -o 'No data available' ended
echo four > $A/jobs/send || echo closed
echo close > $A/jobs/ctl || grep -o '[^:]*closed.*' $A/jobs/error > /dev/null && echo closed before
