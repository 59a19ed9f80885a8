# shells: bash dash
# limit: 60
# Fifty processes run at once; "wait" waits for all of them, and each says what it has done.
for i in $(seq 50); do
  mkdir $A/$i
  echo "mkproc /bin/sh -c 'read -r word; echo $i \$word; exit $((i % 2))'" > $A/$i/ctl
done
cat $A/*/peek | grep -c '"Phase": "running"'
for i in $(seq 50); do
  cat $A/$i/wait > $i.ended &
done
for i in $(seq 50); do
  echo 'done' > $A/$i/stdin
done
wait
cat *.ended | grep ExitCode | sort | uniq -c | tr -d ' \t,'
cat $A/*/stdout | sort -n | uniq | wc -l
cat $A/50/stdout
rmdir $A/*/
ls -d $A/*/ 2> /dev/null | wc -l
