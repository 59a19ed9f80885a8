# shells: bash dash
# A program that reads no stdin ends as it would anywhere: neither "stdout" nor "wait" waits for somebody to close stdin.
mkdir $A/hi
echo mkproc echo hi > $A/hi/ctl
cat $A/hi/stdout
grep ExitCode $A/hi/wait
