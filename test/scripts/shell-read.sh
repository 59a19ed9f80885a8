# The shell's own readers on the files that they suit.
cd $A
mkdir count chan
echo 'mkproc seq 5' > count/ctl
echo mkchan 3 > chan/ctl
{ read -r first; read -r second; echo "$second after $first"; } < count/stdout
mapfile -t lines < count/stdout
echo "${#lines[@]} lines, the last is ${lines[4]}"
total=0
while read -r number; do total=$((total + number)); done < count/stdout
echo "$total"
printf 'one two\nthree\n' > chan/send
{ read -r a b; read -r c; echo "$a+$b+$c"; } < chan/recv
echo "$(< count/stdout)" | wc -l
for word in to be continued; do echo $word > chan/send; done
for _ in 1 2 3; do read -r word < chan/recv; echo $word; done
