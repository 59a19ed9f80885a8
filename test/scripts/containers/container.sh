# shells: bash dash
# limit: 60
# A container has the files of a process, and goes with its element.
mkdir $A/dock
cat > $A/dock/ctl << EOF
mkdkr {
	"Image": "circuit-test:busybox",
	"Dir": "/bin",
	"Env": ["WHO=world"],
	"Path": "/bin/sh",
	"Args": ["-c", "pwd; echo hello \$WHO; cat; echo done >&2; exit 3"]
}
EOF
ls $A/dock
cat $A/dock/trywait || echo still running
rmdir $A/dock || echo still busy
echo one >> $A/dock/stdin
echo two > $A/dock/stdin
cat $A/dock/stdout
cat $A/dock/stderr
grep -E '"(Status|ExitCode)"' $A/dock/wait
grep -c '"circuit.anchor": "/X[0-9a-f]*/container-' $A/dock/peek
cat $A/dock/trystdout
rmdir $A/dock
