# shells: bash dash
# "Scrub": true takes the element away when the process has ended and those who were there have read to the end.
mkdir $A/once
echo 'mkproc {"Path": "/bin/sh", "Args": ["-c", "read -r line; echo $line"], "Scrub": true}' > $A/once/ctl
cat $A/once/stdout > out &
cat $A/once/wait > ended &
exec 3< $A/once/stdout 4< $A/once/wait
echo bye > $A/once/stdin
wait
cat out
grep ExitCode ended
cat <&3
grep -c . <&4 > /dev/null && echo result
exec 3<&- 4<&-
until [ ! -e $A/once/stdout ]; do sleep 0.02; done
cat $A/once/wait 2> /dev/null || echo gone
echo mkchan 1 > $A/once/ctl
ls $A/once
