# shells: bash dash
# needs: interrupts
# tail -f follows the log: each operation that changed something is a line, in order, with its result.
mkdir $A/box
tail -n 0 -f $S/log > followed &
follower=$!
until grep -q '"operation":"mkdir".*/first"' followed; do
  mkdir -p $A/first
  rmdir $A/first
done
echo mkchan 3 > $A/box/ctl
echo mkchan 3 2> /dev/null > $A/box/ctl || true
echo scrub > $A/box/ctl
until grep -q '"scrub"' followed; do :; done
kill $follower
grep /box followed | sed 's/.*"operation":"\([a-z]*\)".*"result":"\([a-z ]*\).*/\1: \2/'
