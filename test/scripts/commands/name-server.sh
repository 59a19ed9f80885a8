# shells: bash
# programs: dig
# limit: 120
# The commands of a name server: records come and go, dig is answered, and what is wrong is said.
circuit mkdns $A/names
circuit set $A/names "miek.nl. 3600 IN MX 10 mx.miek.nl."
circuit set $A/names miek.nl. 3600 IN TXT '"two words"' more
circuit set $A/names www.miek.nl. A 192.0.2.1
circuit unset $A/names WWW.miek.nl
circuit peek $A/names > peek
sed 's/127.0.0.1:[0-9]*/127.0.0.1:PORT/' peek
address=$(sed -n 's/.*"\(127.0.0.1:[0-9]*\)".*/\1/p' peek)
dig @127.0.0.1 -p "${address#*:}" +short miek.nl MX miek.nl TXT www.miek.nl A
circuit ls -l $A | sed "s,$A,A,"
circuit set $A/names miek.nl. A nowhere 2>&1 | sed "s,$A,A,"
circuit set $A/names '' 2>&1 | grep -o 'a record is missing'
circuit set $A/names 2>&1 || :
circuit mkdns $A/other "$address" 2>&1 | sed "s,$A,A,; s/port [0-9]*/port PORT/"
circuit scrub $A/names
circuit peek $A/names 2>&1 | sed "s,$A,A,"
