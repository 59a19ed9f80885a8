# shells: bash dash
# Nothing takes space here; the log alone has a size, and it is the true one.
cd $A
mkdir one two two/three
echo mkchan 3 > one/ctl
du -s . | cut -f 1
du -a two | sort -k 2
df -P $C | tail -n 1 | awk '{ print $1, $2, $3, $4 }'
stat -c '%n: %F, %a, %s bytes, %h links' . one one/recv two
log=$S/log
[ "$(stat -c %s $log)" -gt 0 ] && [ "$(stat -c %s $log)" -eq "$(wc -c < $log)" ] && echo the log has its true size
[ "$(stat -c %Y one)" -eq "$(stat -c %Y one/recv)" ] && echo files carry the time of their anchor
[ "$(stat -c %i one)" -eq "$(stat -c %i one)" ] && [ "$(stat -c %i one)" -ne "$(stat -c %i two)" ] && echo inode numbers stay
touch one/recv
truncate -s 100 one/ctl one/send
stat -c %s one/ctl
