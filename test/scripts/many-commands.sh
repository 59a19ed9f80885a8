# shells: bash dash
# programs: python3
# Many programs by one write, each in an anchor of its own below, and what is left of that when one of them cannot be started.
export LC_ALL=C
cd $A
lines() { for i in $(seq $1); do echo "mkproc -C $2$i sh -c 'echo \$((6 * $i))'"; done; }
# 200 lines are more than 4096 bytes: a shell cuts them wherever that is.
echo "$(lines 200 p)" > ctl
cat p200/stdout
cat p*/wait | grep -c '"Exit": null'
cat > ctl << END
mkchan -C jobs/waiting 3
mkproc -C 'a b' {
  "Path": "echo",
  "Args": ["JSON"]
}
END
echo one > jobs/waiting/send
cat jobs/waiting/recv "a b/stdout"
echo in a server
echo "mkproc -C ${A##*/}/deep echo deeper" > ../ctl
cat deep/stdout
echo one fails
{ lines 3 q; echo mkproc -C q4 /no/such/program; lines 2 r; } > $OLDPWD/text
cat $OLDPWD/text 2> /dev/null > ctl || sed 's/^[^ ]* //' error
# shellcheck disable=SC2046
echo $(ls | grep '^[qr]')
echo repeated by a buffer at its end
sed 's/q/s/' $OLDPWD/text > $OLDPWD/more
python3 -c '
import sys
try:
    with open("ctl", "w") as ctl:
        ctl.write(open(sys.argv[1]).read())
        ctl.flush()
except OSError as error:
    print(error.strerror)' $OLDPWD/more
# shellcheck disable=SC2046
echo $(ls | grep '^[rs]')
grep "/${A##*/}/s1\"" $S/log | grep -c mkproc
echo scrub -r > ctl
