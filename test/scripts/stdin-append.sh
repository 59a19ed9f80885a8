# shells: bash dash
# ">>" says that more may come, ">" that this is all; afterwards stdin is a broken pipe.
mkdir $A/lines $A/nothing
echo mkproc cat > $A/lines/ctl
echo one >> $A/lines/stdin
echo two >> $A/lines/stdin
cat $A/lines/trywait 2> /dev/null || echo reads on
echo three > $A/lines/stdin
cat $A/lines/stdout
echo four > $A/lines/stdin || echo refused
echo mkproc wc -c > $A/nothing/ctl
: > $A/nothing/stdin
cat $A/nothing/stdout
