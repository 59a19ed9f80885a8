# shells: bash dash
# programs: dig
# A name server is told records by its ctl, in zone-file syntax, and answers dig.
mkdir $A/names
echo mkdns 127.0.0.1:0 > $A/names/ctl
ls -F $A/names
echo set miek.nl. 3600 IN MX 10 mx.miek.nl. > $A/names/ctl
echo 'set "miek.nl. 3600 IN MX 20 mx2.miek.nl."' > $A/names/ctl
echo 'set text.miek.nl TXT "two words" more' > $A/names/ctl
printf 'set *.miek.nl A 192.0.2.1\nset gone.miek.nl A 192.0.2.2\nunset GONE.miek.nl\n' > $A/names/ctl
sed 's/127.0.0.1:[0-9]*/127.0.0.1:PORT/' $A/names/peek
at="@127.0.0.1 -p $(sed -n 's/.*127.0.0.1:\([0-9]*\).*/\1/p' $A/names/peek)"
dig $at +short MIEK.nl MX | sort
dig $at +short text.miek.nl TXT
# The wildcard stands for it, now that it is unset.
dig $at +short gone.miek.nl A
dig $at miek.org | grep -o NXDOMAIN
grep -c '^    dig @127.0.0.1 -p [0-9]* NAME TYPE$' $A/names/help
# What is wrong is said; what was there stays.
echo set miek.nl. A nowhere > $A/names/ctl || grep -o 'set miek.*' $A/names/error
echo 'set ""' > $A/names/ctl || grep -o 'a record is missing' $A/names/error
echo set > $A/names/ctl || grep -o 'usage.*' $A/names/error
mkdir $A/other
echo mkdns "$(sed -n 's/.*"\(127.0.0.1:[0-9]*\)".*/\1/p' $A/names/peek)" > $A/other/ctl || grep -o 'that port is in use (EBUSY)' $A/other/error
echo scrub > $A/names/ctl
ls $A/names
