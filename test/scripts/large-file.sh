# limit: 60
# A file of 100 MB goes through cat as a process and comes out the same.
head -c 100000000 /dev/urandom > big
mkdir $A/copy
echo mkproc cat > $A/copy/ctl
cat $A/copy/stdout | sha256sum > copied.sum &
cat big > $A/copy/stdin
wait
sha256sum < big | cmp - copied.sum && echo same
grep ExitCode $A/copy/wait
