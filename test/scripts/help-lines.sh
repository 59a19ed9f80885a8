# shells: bash dash
# Every line that help offers can be copied as it stands: here those for the files of a channel, of a process, and of the root, in their order.
mkdir $A/chan "$A/a process"
echo mkchan 3 > $A/chan/ctl
echo mkproc /bin/cat > "$A/a process/ctl"
lines() { sed -n '/^Commands/q; s/^    //p' "$1/help"; }
lines $A/chan | grep -v -e /take -e /dead > lines # these wait for what nobody sends
sh -eu lines > out
grep -c . lines
tail -n 1 out
lines "$A/a process" > lines
: > "$A/a process/stdin"
sed '/stdin/d' lines > others
sh -eu others > out
grep -c . others
sed -n 's/^    //p' $C/help > lines
grep -q 'mkdir.*self/hello' lines
sh -eu lines > /dev/null && echo all of them
