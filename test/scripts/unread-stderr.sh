# shells: bash dash
# 10 MiB on stderr while only stdout is read: held, as with a pipe, until somebody reads stderr; none of it is lost.
mkdir $A/loud
echo "mkproc /bin/sh -c 'head -c 10485760 /dev/zero >&2; echo at last'" > $A/loud/ctl
cat $A/loud/stdout > out &
until grep -q '"stderr": {' $A/loud/peek; do sleep 0.05; done
wc -c < out
wc -c < $A/loud/stderr
wait
cat out
