# shells: bash dash
# A process whose output nobody reads is held back when the window is full; that is not silent, and "drain" frees it.
mkdir $A/loud
echo mkproc head -c 4000000 /dev/zero > $A/loud/ctl
until grep -q '"stdout": {' $A/loud/peek; do sleep 0.05; done
grep -o '"Held"\|"Readers": 0' $A/loud/peek
cat $A/loud/trywait 2> /dev/null || grep -o 'held' $A/loud/error | head -n 1
grep -q -i 'held' $A/loud/help && echo help names it
grep -q '"held"\|held back' $S/log && echo log names it
echo drain > $A/loud/ctl
grep ExitCode $A/loud/wait
