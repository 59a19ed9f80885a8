# shells: bash dash
# Under "set -C" the shell refuses ">" for every file that is there, also for these; ">|" and ">>" say that it is meant.
mkdir $A/box
set -C
(echo mkchan 3 > $A/box/ctl) 2> /dev/null || echo refused by the shell
echo mkchan 3 >| $A/box/ctl
echo one >| $A/box/send
echo two >> $A/box/send
cat $A/box/recv $A/box/recv
