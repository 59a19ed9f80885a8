# shells: bash
# limit: 120
# With -C in an anchor below; what stands behind the program's name is the program's.
circuit mkproc -C below/it --env WORD=deep $A printf '%s\n' -C x
circuit stdout $A/below/it
echo '{"Path": "echo", "Args": ["JSON"]}' | circuit mkproc -C below -C json $A
circuit stdout $A/below/json
circuit mkchan -C ../up $A 3 2>&1 | sed "s,$A,A,"
