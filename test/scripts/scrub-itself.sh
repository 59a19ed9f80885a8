# shells: bash dash
# "Scrub": true takes the element away when the process has ended and those who were there have read to the end.
mkdir $A/once
echo 'mkproc {"Path": "sh", "Args": ["-c", "read -r line; echo $line"], "Scrub": true}' > $A/once/ctl
exec 3< $A/once/stdout 4< $A/once/wait
echo bye > $A/once/stdin
grep ExitCode <&4
exec 4<&-
[ -e $A/once/stdout ] && echo still here
cat <&3
exec 3<&-
until [ ! -e $A/once/stdout ]; do sleep 0.02; done
cat $A/once/wait 2> /dev/null || echo gone
echo mkchan 1 > $A/once/ctl
ls $A/once
