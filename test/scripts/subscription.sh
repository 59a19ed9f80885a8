# shells: bash dash
# needs: interrupts
# A subscription to joins begins with the servers that are there, each once; each open of recv gives one event.
mkdir $A/joins $A/leaves
echo mk@join > $A/joins/ctl
echo mk@leave > $A/leaves/ctl
for _ in $C/X*; do cat $A/joins/recv; done | sort > told
ls -d $C/X* | sed "s,^$C,," | sort | cmp - told && echo all that are there
cat $A/joins/tryrecv 2> none || grep -o 'Resource temporarily unavailable' none
tr -d '\t\n' < $A/joins/peek; echo
tr -d '\t\n' < $A/leaves/peek; echo
ls -F $A/leaves
# A receiver that gives up takes nothing along.
timeout -s INT 0.1 cat $A/leaves/recv || echo gave up
echo mk@join > $A/joins/ctl || echo there is one
echo mk@join now > $A/leaves/ctl || grep -o 'usage.*' $A/leaves/error
