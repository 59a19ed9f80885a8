# shells: bash dash
# A program that cannot be started makes the write itself fail, and "error" says what to do; nothing stays attached.
mkdir $A/job
echo plain text > data
refused() { echo "$1" | cat 2>&1 > $A/job/ctl | sed 's/.*: //'; }
refused "mkproc /no/such/program"
refused "mkproc no-such-program-anywhere"
refused "mkproc $PWD/data"
refused "mkproc {\"Path\": \"/bin/true\", \"Dir\": \"/no/such/dir\"}"
refused 'mkproc {"Path": "/bin/ls", "Args": "/"}'
refused 'mkproc {"Path": "/bin/ls" "Args": []}'
grep -o 'line 1, column [0-9]*' $A/job/error
printf 'mkproc {"Path": "/bin/ls",\n' > $A/job/ctl
grep -o 'unfinished: {' $A/job/error
refused "mkproc"
ls $A/job
echo mkproc /bin/true > $A/job/ctl
cat $A/job/error
