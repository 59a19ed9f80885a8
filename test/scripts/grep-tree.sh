# shells: bash dash
# grep -r over the whole mount ends, and eats nothing.
cd $A
mkdir chan proc
echo mkchan 3 > chan/ctl
echo a message with a needle > chan/send
echo 'mkproc sh -c "echo a needle in the output; cat"' > proc/ctl
grep -rl 'needle' $C/ | grep -c /chan/ || true
grep -rl 'CAPACITY' $A | sort | sed "s|$A/||"
grep -rq 'no such text anywhere' $C || echo ended
cat chan/recv
: > proc/stdin
cat proc/stdout
