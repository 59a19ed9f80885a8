# shells: bash dash
# A program that cannot be started makes the write itself fail, and "error" says what to do; nothing stays attached.
mkdir $A/job
echo plain text > data
refused() { "$@" 2>&1 > $A/job/ctl | sed 's/.*: //'; }
refused echo mkproc /no/such/program
refused echo mkproc no-such-program-anywhere
refused echo mkproc $PWD/data
refused echo "mkproc {\"Path\": \"/bin/true\", \"Dir\": \"/no/such/dir\"}"
refused echo 'mkproc {"Path": "/bin/ls", "Args": "/"}'
refused echo 'mkproc {"Path": "/bin/ls" "Args": []}'
grep -o 'line 1, column [0-9]*' $A/job/error
printf 'mkproc {"Path": "/bin/ls",\n' > $A/job/ctl
grep -o 'unfinished: {' $A/job/error
refused echo mkproc
ls $A/job
echo mkproc /bin/true > $A/job/ctl
cat $A/job/error
