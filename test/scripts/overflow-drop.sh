# shells: bash dash
# "Overflow": "drop" never holds the process: the oldest output goes, and a reader that comes late is told so once.
mkdir $A/loud
echo 'mkproc {"Path": "seq", "Args": ["500000"], "Overflow": "drop", "Buffer": 65536}' > $A/loud/ctl
grep ExitCode $A/loud/wait
exec 3< $A/loud/stdout
cat <&3 2> late || grep -o 'Value too large' late
cat <&3 > rest
tail -n 1 rest
[ "$(wc -c < rest)" -le 65536 ] && [ "$(wc -c < rest)" -ge 60000 ] && echo the newest 64 KiB
