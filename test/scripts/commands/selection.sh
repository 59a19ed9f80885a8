# shells: bash
# limit: 120
# The commands of a selection: what wins, its message, its room, and how it is given up.
circuit mkchan $A/jobs 2
circuit mkchan $A/stop 0
circuit mkproc $A/p cat
circuit mkselect $A/s << END
[
  {"op": "r", "file": "$A/jobs/recv"},
  {"op": "r", "file": "$A/stop/recv"},
  {"op": "r", "file": "$A/p/wait"}
]
END
circuit peek $A/s | grep Phase
circuit wait $A/s > won &
echo first | circuit send $A/jobs
wait $! && sed "s,$A,A," won
echo second | circuit send $A/jobs
circuit recv $A/jobs
circuit recv $A/s
circuit recv $A/s 2>&1 | sed "s,$A,A,"
circuit abort $A/s 2>&1 | sed "s,$A,A,"
circuit scrub $A/s

# Room to send, when somebody receives.
circuit mkselect $A/s "[{\"op\":\"w\",\"file\":\"$A/stop/send\"},{\"op\":\"r\",\"file\":\"$A/p/wait\"}]"
circuit recv $A/stop > got &
echo mine | circuit send $A/s
wait $! && cat got
circuit scrub $A/s

# A process that ends; the other command says which one is meant.
circuit mkselect $A/s "[{\"op\":\"w\",\"file\":\"$A/stop/send\"},{\"op\":\"r\",\"file\":\"$A/p/wait\"}]"
circuit stdin $A/p < /dev/null
circuit send $A/s < /dev/null 2>&1 | sed "s,$A,A,g"
circuit recv $A/s | grep '"Exit"'
circuit scrub $A/s

# What was won goes back.
echo precious | circuit send $A/jobs
circuit mkselect $A/s "[{\"op\":\"r\",\"file\":\"$A/jobs/recv\"}]"
circuit wait $A/s > won
circuit abort $A/s
circuit recv $A/jobs
circuit wait $A/s 2>&1 | sed "s,$A,A,"
circuit mkselect $A/bad "[{\"op\":\"r\",\"file\":\"$A/nothing/recv\"}]" 2>&1 | sed "s,$A,A,g"
