# shells: bash dash
# limit: 60
# Signals reach a container, unread output holds it back and can be let go, bad specs say what is wrong.
mkdir $A/sig $A/held $A/bad
echo 'mkdkr {"Image":"circuit-test:busybox","Path":"/bin/sh","Args":["-c","trap \"exit 5\" USR1; echo ready; while :; do sleep 0.05; done"]}' > $A/sig/ctl
head -n 1 $A/sig/stdout
echo signal USR1 > $A/sig/ctl
grep -E '"ExitCode"' $A/sig/wait
echo signal TERM > $A/sig/ctl || cut -d' ' -f2- $A/sig/error
echo 'mkdkr {"Image":"circuit-test:busybox","Path":"/bin/head","Args":["-c","9000000","/dev/zero"]}' > $A/held/ctl
until grep -q 'held back' $A/held/help; do :; done
echo drain > $A/held/ctl
grep -E '"ExitCode"' $A/held/wait
for spec in '{"Path":"x"}' '{"Image":"x","Color":1}' '{"Image":"x","Lxc":["lxc.network.type = veth"]}' '{"Image":"circuit-test:busybox","Path":"/no/such"}'; do
	echo "mkdkr $spec" > $A/bad/ctl || sed 's/^[^ ]* //; s/expected one of.*/expected one of …/; s/: Docker: .*(/: Docker … (/' $A/bad/error
done
ls $A/bad
echo scrub -r > $A/ctl
ls $A
