# shells: bash
# limit: 120
# The commands of a channel: messages in their order, its end, and who waits when it is let go of.
circuit mkchan $A/c 2
echo one | circuit send $A/c
printf two | circuit send $A/c
circuit peek $A/c | head -n 6
circuit recv $A/c
circuit recv $A/c; echo
circuit recv $A/c > got &
circuit send $A/c < /dev/null
wait $! && wc -c < got

# What is there when it is closed can be received.
echo last | circuit send $A/c
circuit close $A/c
circuit close $A/c 2>&1 | sed "s,$A,A,"
echo late | circuit send $A/c 2>&1 | sed "s,$A,A,"
while circuit recv $A/c 2> end; do :; done
sed "s,$A,A," end

# A message goes through a channel without room when both are there.
circuit mkchan $A/d 0
echo through | circuit send $A/d &
circuit recv $A/d
wait $!
circuit recv $A/d 2> abandoned &
until circuit peek $A/d | grep -q '"WaitingReceivers": 1'; do :; done
circuit scrub $A/d
wait $! || sed "s,$A,A," abandoned
circuit mkchan $A/e 1000001 2>&1 | sed "s,$A,A,"
circuit ls $A | sed "s,$A,A,"
