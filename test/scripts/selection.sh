# shells: bash dash
# A selection waits for the first of several files that is ready, and reserves its end: read.N or write.N.
mkdir $A/jobs $A/stop $A/results $A/p $A/s
echo mkchan 2 > $A/jobs/ctl
echo mkchan 0 > $A/stop/ctl
echo mkchan 1 > $A/results/ctl
cat > $A/s/ctl <<END
mkselect [
  {"op": "r", "file": "$A/jobs/recv"},
  {"op": "r", "file": "$A/stop/recv"}
]
END
cat $A/s/trywait 2> none || grep -o 'Resource temporarily unavailable' none
ls $A/s
( cat $A/s/wait > won ) &
echo first > $A/jobs/send
wait
sed 's,X[0-9a-f]*/[^/]*,X/ANCHOR,' won
ls $A/s | grep read
grep '^read.0' $A/s/help
echo second > $A/jobs/send
cat $A/jobs/recv
cat $A/s/read.0
cat $A/s/read.0 2> none || grep -o 'No data available' none
echo scrub > $A/s/ctl

# Room to send, and a process that ends.
echo full > $A/results/send
echo mkproc cat > $A/p/ctl
echo "mkselect [{\"op\":\"w\",\"file\":\"$A/results/send\"},{\"op\":\"r\",\"file\":\"$A/p/wait\"}]" > $A/s/ctl
cat $A/results/recv
cat $A/s/wait | sed 's,X[0-9a-f]*/[^/]*,X/ANCHOR,'
echo mine > $A/s/write.0
cat $A/results/recv
echo scrub > $A/s/ctl
: > $A/p/stdin
echo "mkselect [{\"op\":\"r\",\"file\":\"$A/jobs/recv\"},{\"op\":\"r\",\"file\":\"$A/p/wait\"}]" > $A/s/ctl
cat $A/s/wait | sed 's,X[0-9a-f]*/[^/]*,X/ANCHOR,'
grep -o '"Exit": .*' $A/s/read.1
echo scrub > $A/s/ctl

# What was won goes back if nobody wants it.
echo precious > $A/jobs/send
echo "mkselect [{\"op\":\"r\",\"file\":\"$A/jobs/recv\"}]" > $A/s/ctl
cat $A/s/wait > won
echo abort > $A/s/ctl
cat $A/jobs/recv
cat $A/s/wait 2> none || grep -o 'Identifier removed' none
ls $A/s | grep read || echo nothing was won
echo scrub > $A/s/ctl

for bad in '' '[]' '[{"op":"r"}]' '[{"op":"r","file":"/tmp/recv"}]' '{"op":"r"}'; do
  echo "mkselect $bad" > $A/s/ctl || sed 's/^[^ ]* //' $A/s/error
done
echo "mkselect [{\"op\":\"r\",\"file\":\"$A/nothing/recv\"}]" > $A/s/ctl || grep -o 'ENOENT' $A/s/error
