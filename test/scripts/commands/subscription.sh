# shells: bash
# needs: quiet
# limit: 120
# The commands of subscriptions: the servers that are there, one that joins, one that leaves, each told to one receiver.
circuit mk@join $A/joins
circuit mk@leave $A/leaves
circuit recv $A/leaves >> left 2>> abandoned &
one=$!
circuit recv $A/leaves >> left 2>> abandoned &
other=$!
for _ in $(circuit ls /); do circuit recv $A/joins; done | sort > told
circuit ls / | cmp - told && echo all that are there
circuit peek $A/joins | tr -d '\t\n'; echo
timeout 0.5 circuit recv $A/joins || echo gave up
circuit start --no-mount --discover '' -j $CIRCUIT > url 2> log &
circuit recv $A/joins > joined
until [ -s url ]; do sleep 0.01; done
sed 's,.*/,/,' url | cmp - joined && echo joined
circuit suicide "$(cat joined)"
until cmp -s joined left; do sleep 0.01; done
echo left
circuit send $A/joins < /dev/null 2>&1 | sed "s,$A,A,"
circuit scrub $A/leaves
{ wait $one && wait $other; } || sed "s,$A,A," abandoned
circuit ls $A | sed "s,$A,A,"
