# needs: callers
# A reader that has opened stdout and reads nothing holds the process, and "peek" names it; when it closes, the other one goes on to the end.
mkdir $A/loud
echo mkproc head -c 4000000 /dev/zero > $A/loud/ctl
exec 3< $A/loud/stdout
wc -c < $A/loud/stdout 3<&- > size &
until grep -q '"Readers": 2' $A/loud/peek; do sleep 0.05; done
slowest=$(sed -n 's/.*"SlowestPid": \([0-9]*\).*/\1/p' $A/loud/peek)
[ $slowest = $$ ] && echo it is me
exec 3<&-
wait
cat size
