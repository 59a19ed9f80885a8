# shells: bash dash
# A signal reaches all processes of the group: "stdout" ends only when the last one that could write to it is gone.
mkdir $A/family
echo "mkproc /bin/sh -c 'sleep 1000 & sleep 1000 & echo ready; wait'" > $A/family/ctl
head -n 1 $A/family/stdout
echo signal TERM > $A/family/ctl
cat $A/family/stdout
grep '"Signal"\|"Phase"' $A/family/wait
