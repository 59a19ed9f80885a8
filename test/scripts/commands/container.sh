# shells: bash
# needs: docker
# limit: 120
# The commands of a container, from its start to its end.
circuit mkdkr $A/d << END
{
	"Image": "circuit-test:busybox",
	"Path": "/bin/sh",
	"Args": ["-c", "cat; echo end >&2; exit 3"]
}
END
circuit peek $A/d | grep -E '"(Path|Status)"|"circuit.anchor"' | sed "s,$A,A,"
circuit stdout $A/d > out &
echo one | circuit stdin --more $A/d
circuit wait $A/d > how &
echo two | circuit stdin $A/d
wait
cat out
circuit stderr $A/d
grep -E '"(Status|ExitCode)"' how
echo late | circuit stdin $A/d 2>&1 | sed "s,$A,A,"

# Unread output holds it back, and can be let go; a signal ends another one; a selection waits for either.
circuit mkdkr $A/held '{"Image": "circuit-test:busybox", "Path": "/bin/head", "Args": ["-c", "9000000", "/dev/zero"]}'
circuit mkdkr $A/long '{"Image": "circuit-test:busybox", "Path": "/bin/cat"}'
circuit mkselect $A/s "[{\"op\":\"r\",\"file\":\"$A/long/wait\"},{\"op\":\"r\",\"file\":\"$A/held/wait\"}]"
until circuit peek $A/held | grep -q '"Since"'; do :; done
circuit drain $A/held
circuit wait $A/s | sed "s,$A,A,"
circuit recv $A/s | grep '"ExitCode"'
printf '%s\n' $A/held $A/long | circuit waitall > ended &
circuit signal KILL $A/long
wait $!
sort ended | sed "s,$A,A,"

# It goes with its element, and who waits is told.
circuit mkdkr --scrub $A/short '{"Image": "circuit-test:busybox", "Path": "/bin/cat"}'
circuit stdin $A/short < /dev/null
while circuit stdout $A/short; do :; done 2> gone
grep -o 'no such anchor' gone
circuit mkdkr $A/none '{"Image": "circuit-test:none"}' 2>&1 | sed "s,$A,A,; s/failed:.*/failed …/"
circuit ls $A | sed "s,$A,A,"
