# shells: bash dash
# The file exitcode gives a process's end as the number that $? would have, to all who wait for it.
mkdir $A/well $A/fails $A/dies $A/stays
echo mkproc true > $A/well/ctl
[ "$(cat $A/well/exitcode)" = 0 ] && echo well
echo 'mkproc sh -c "exit 3"' > $A/fails/ctl
cat $A/fails/exitcode $A/fails/exitcode
echo 'mkproc sh -c "kill -TERM $$"' > $A/dies/ctl
cat $A/dies/exitcode
echo mkproc sleep 1000 > $A/stays/ctl
cat $A/stays/exitcode > first & first=$!
cat $A/stays/exitcode > second & second=$!
cat $A/stays/trywait 2> /dev/null || echo it runs
echo signal KILL > $A/stays/ctl
wait $first $second
cat first second
echo scrub > $A/stays/ctl
cat $A/stays/exitcode 2>&1 | sed 's/.*: //'
