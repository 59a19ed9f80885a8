# shells: bash dash
# needs: callers
# What a job inherits: its exit between two writes does not end a command, and a process reads on while a job still has its stdin open.
mkdir $A/count $A/chan $A/gate
{
  printf 'mkchan '
  /bin/true
  /bin/true &
  wait $!
  printf 3
} > $A/chan/ctl
grep -o '"Cap": 3' $A/chan/peek
echo mkchan 0 > $A/gate/ctl
echo mkproc wc -l > $A/count/ctl
exec 3> $A/count/stdin
echo from the shell >&3
(
  cat $A/gate/recv
  echo from the job >&3
) &
exec 3>&-
cat $A/count/trywait 2> /dev/null || echo still running
echo go on > $A/gate/send
wait
cat $A/count/stdout
