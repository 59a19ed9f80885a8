# shells: bash dash
# wc, cp, dd, tee, md5sum, sort: programs that read to the end and write what they read.
mkdir $A/chan $A/cat
echo mkchan 3 > $A/chan/ctl
echo mkproc cat > $A/cat/ctl
seq 1 1000 > numbers
cp numbers $A/chan/send
wc $A/chan/recv | awk '{ print $1, $2, $3 }'
dd if=numbers of=$A/chan/send bs=100 status=none
dd if=$A/chan/recv of=copy bs=333 status=none
cmp numbers copy && echo the same
tee $A/chan/send < numbers > copy
cp $A/chan/recv copy
cmp numbers copy && echo the same
cat numbers > $A/cat/stdin
md5sum < numbers > sums
md5sum < $A/cat/stdout | cmp - sums && echo the same
sort -n $A/cat/stdout | tail -n 1
awk 'END { print NR }' $A/cat/stdout
grep -c 7 $A/cat/stdout
