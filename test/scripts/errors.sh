# Each row of the table of errors, as a script meets it.
export LC_ALL=C
cd $A
mkdir free chan proc proc/below drop short closed
echo mkchan 1 > chan/ctl
echo 'mkproc /bin/cat' > proc/ctl
echo '{}' > $OLDPWD/data
# What was said last, after the last colon.
fails() { (eval "$1") 2>&1 > /dev/null | tail -n 1 | sed 's/.*: //'; }

echo EINVAL
fails 'echo nonsense > free/ctl'
fails 'echo mkchan > free/ctl'
fails 'echo mkchan -1 > free/ctl'
fails 'echo mkchan 1000001 > free/ctl'
fails 'echo mkchan 1.5 > free/ctl'
fails 'echo "mkproc {\"Path\" \"x\"}" > free/ctl'
fails 'mkdir $'"'"'two\nlines'"'"
echo EPERM
fails 'touch new'
fails 'mv free other'
fails 'ln -s free link'
fails 'rm chan/recv'
fails 'chmod 777 free'
fails 'mkdir $C/new'
echo EACCES
fails 'echo x > chan/peek'
fails 'cat chan/send'
fails "echo mkproc $OLDPWD/data > free/ctl"
echo EEXIST
fails 'echo mkchan 1 > chan/ctl'
fails 'mkdir free'
fails 'mkdir free/stdin'
echo ENOENT
fails 'cat nowhere/peek'
fails 'cat free/peek'
fails 'ls $C/X0000000000000000'
fails 'echo mkproc /no/such/program > free/ctl'
echo ENOTEMPTY, EBUSY
fails 'rmdir proc'
rmdir proc/below
fails 'rmdir proc'
echo EAGAIN
fails 'cat chan/tryrecv'
fails 'cat proc/trywait'
fails 'dd if=chan/recv iflag=nonblock status=none'
echo full > chan/send
fails 'echo more > chan/trysend'
echo EPIPE, ENODATA
: > proc/stdin
cat proc/wait > /dev/null
fails 'echo late > proc/stdin'
echo mkchan 0 > closed/ctl
echo close > closed/ctl
fails 'echo late > closed/send'
fails 'cat closed/recv'
fails 'echo close > closed/ctl'
echo EOVERFLOW, EMSGSIZE
echo 'mkproc {"Path":"seq","Args":["100000"],"Buffer":4096,"Overflow":"drop"}' > drop/ctl
cat drop/wait > /dev/null
fails 'cat drop/stdout'
echo mkchan 1 > short/ctl
fails 'dd if=/dev/zero of=short/send bs=65540 count=1 oflag=direct conv=notrunc status=none'
echo EIDRM
cat closed/ctl > /dev/null
mkdir waited
echo mkchan 0 > waited/ctl
cat waited/recv 2> $OLDPWD/said &
until grep -q '"WaitingReceivers": 1' waited/peek; do :; done
echo scrub > waited/ctl
wait $! || sed 's/.*: //' $OLDPWD/said
