# shells: bash dash
# A descriptor that stays open takes one command after the other, or one line of input after the other.
mkdir $A/job $A/sort
exec 3> $A/job/ctl
for word in one two three; do
  echo mkproc echo $word >&3
  cat $A/job/stdout
  grep -c '"ExitCode": 0' $A/job/wait
  echo scrub >&3
done
echo nonsense >&3 || echo refused, yet
echo mkchan 3 >&3
exec 3>&-
grep -c '"Cap": 3' $A/job/peek
echo mkproc sort > $A/sort/ctl
exec 4> $A/sort/stdin
for word in pear apple fig; do
  echo $word >&4
done
exec 4>&-
cat $A/sort/stdout
