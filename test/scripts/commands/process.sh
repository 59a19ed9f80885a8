# shells: bash
# limit: 120
# The commands of a process, from its start to its end.
circuit mkproc $A/p sh -c 'cat; echo end >&2; exit 3'
circuit mkproc $A/p true 2>&1 | sed "s,$A,A,"
circuit stdout $A/p > out &
echo one | circuit stdin --more $A/p
circuit wait $A/p > how &
echo two | circuit stdin $A/p
wait
cat out
circuit stderr $A/p
grep -E '"(Exit|Phase|ExitCode)"' how
echo late | circuit stdin $A/p 2>&1 | sed "s,$A,A,"
circuit mkproc $A/none /no/such/program 2>&1 | sed "s,$A,A,"

# Unread output holds it back, and can be let go.
circuit mkproc $A/held << END
{"Path": "head", "Args": ["-c", "9000000", "/dev/zero"], "Buffer": 65536}
END
until circuit peek $A/held | grep -q '"Since"'; do :; done
circuit drain $A/held
circuit wait $A/held | grep ExitCode

# Stopped, and let go of while somebody reads.
circuit mkproc $A/long sh -c 'echo ready; exec cat'
circuit stdout $A/long > long 2> abandoned &
until grep ready long; do sleep 0.01; done
circuit signal STOP $A/long
until circuit peek $A/long | grep '"Phase": "stopped"'; do :; done
circuit signal NONSENSE $A/long 2>&1 | sed "s,$A,A,"
circuit signal CONT $A/long
circuit scrub $A/long
wait $! || sed "s,$A,A," abandoned
circuit ls $A | sed "s,$A,A,"
