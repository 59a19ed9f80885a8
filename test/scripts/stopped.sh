# shells: bash dash
# STOP and CONT show as phases; names and numbers of kill -l are understood.
mkdir $A/job
echo mkproc cat > $A/job/ctl
phase() { sed -n 's/.*"Phase": "\(.*\)".*/\1/p' $A/job/peek; }
becomes() { until [ "$(phase)" = $1 ]; do sleep 0.02; done; phase; }
becomes running
echo signal STOP > $A/job/ctl
becomes stopped
echo signal 18 > $A/job/ctl
becomes continued
echo signal SIGSTOP > $A/job/ctl
becomes stopped
echo signal KILL > $A/job/ctl
grep Phase $A/job/wait
echo signal KILL > $A/job/ctl || echo it has ended
echo signal NONSENSE > $A/job/ctl || echo no such signal
rmdir $A/job
