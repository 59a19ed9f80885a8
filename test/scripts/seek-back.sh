# shells: bash dash
# head takes a block and seeks back, tail looks for an end, dd skips: each gets what it would get of a file.
cd $A
mkdir count big
echo 'mkproc seq 20' > count/ctl
cat count/wait > /dev/null
head -n 2 count/stdout
tail -n 2 count/trystdout
tail -n 2 count/stdout
tail -c +49 count/stdout
head -c 3 count/stdout
dd if=count/stdout bs=2 skip=3 count=2 status=none
(head -n 1 > /dev/null; head -n 1) < count/stdout
sed -n 19p count/stdout
# What was read more than 64 KiB ago is gone for this descriptor; another open reads from the start.
echo 'mkproc seq 100000' > big/ctl
cat big/wait > /dev/null
python3 - big/stdout <<'END'
import os, sys
f = os.open(sys.argv[1], os.O_RDONLY)
while os.read(f, 65536): pass
end = os.lseek(f, 0, os.SEEK_CUR)
os.lseek(f, end - 7, os.SEEK_SET)
print(os.read(f, 100))
os.lseek(f, 0, os.SEEK_SET)
try: os.read(f, 1)
except OSError as error: print(error.strerror)
END
head -n 1 big/stdout
