# shells: bash dash
# limit: 60
# 100 MB written right before exit come out whole, whoever starts to read when.
mkdir $A/loud
echo "mkproc /bin/sh -c 'head -c 100000000 /dev/zero; echo; printf end; exit 3'" > $A/loud/ctl
wc -c < $A/loud/stdout
grep ExitCode $A/loud/wait
tail -c 3 $A/loud/trystdout
