# shells: bash dash
# Three processes in a row, joined by two channels; the end of the first is passed on by "close".
mkdir $A/numbers $A/squares $A/first $A/second $A/third
echo mkchan 2 > $A/numbers/ctl
echo mkchan 0 > $A/squares/ctl
cat > $A/first/ctl <<EOF
mkproc sh -c "for n in 1 2 3 4; do echo \$n > $A/numbers/send; done; echo close > $A/numbers/ctl"
EOF
cat > $A/second/ctl <<EOF
mkproc sh -c "while n=\$(cat $A/numbers/recv); do echo \$((n * n)) > $A/squares/send; done; echo close > $A/squares/ctl"
EOF
cat > $A/third/ctl <<EOF
mkproc sh -c "while cat $A/squares/recv; do :; done"
EOF
cat $A/third/stdout
cat $A/first/wait $A/second/wait $A/third/wait | grep -c '"ExitCode": 0'
