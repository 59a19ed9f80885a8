# shells: bash
# limit: 60
# A selection waits for the end of a container, as for that of a process, and goes on without one that is let go of.
mkdir $A/dock $A/jobs $A/s
echo mkchan 1 > $A/jobs/ctl
echo 'mkdkr {"Image":"circuit-test:busybox","Path":"/bin/sh","Args":["-c","cat; exit 4"]}' > $A/dock/ctl
echo "mkselect [{\"op\":\"r\",\"file\":\"$A/jobs/recv\"},{\"op\":\"r\",\"file\":\"$A/dock/wait\"}]" > $A/s/ctl
cat $A/s/trywait 2> none || grep -o 'Resource temporarily unavailable' none
: > $A/dock/stdin
sed 's,X[0-9a-f]*/[^/]*,X/ANCHOR,' $A/s/wait
echo stays > $A/jobs/send
grep '"ExitCode"' $A/s/read.1
cat $A/s/read.1 2> none || grep -o 'No data available' none
cat $A/jobs/recv
grep '"ExitCode"' $A/dock/wait
echo scrub > $A/s/ctl
echo scrub > $A/dock/ctl

echo 'mkdkr {"Image":"circuit-test:busybox","Path":"/bin/cat"}' > $A/dock/ctl
echo "mkselect [{\"op\":\"r\",\"file\":\"$A/dock/wait\"}]" > $A/s/ctl
echo scrub > $A/dock/ctl
cat $A/s/wait 2> none || grep -o 'Identifier removed' none
grep -E '"(Phase|State|Error)"' $A/s/peek | sed 's,/X[0-9a-f]*/[^/]*,/X/ANCHOR,'
