# shells: bash
# A process on each of eight hosts, joined into a ring by channels that lie on others; a token goes round two hundred times.
host=(/circuit/host/web-{8,1,2,3,4,5,6,7,8}) # 0 is 8 again
link=(/circuit/host/web-{3,4,5,6,7,8,1,2,3}/link) # link[i] leads from host i to the next one, and lies on a third
finish=${host[1]}/finish

mkdir $finish
echo mkchan 1 > $finish/ctl
for i in {1..8}; do
  mkdir ${link[i]} ${host[i]}/runner
  echo mkchan 1 > ${link[i]}/ctl
done
cat > ${host[1]}/runner/ctl << EOT
mkproc bash -c '
  while read -r n < ${link[0]}/recv; do
    n=\$((n + 1))
    if [ \$n -lt 200 ]; then echo \$n > ${link[1]}/send; else echo \$n > $finish/send; fi
  done'
EOT
for i in {2..8}; do
  echo "mkproc bash -c 'while read -r n < ${link[i - 1]}/recv; do echo \$n > ${link[i]}/send; done'" > ${host[i]}/runner/ctl
done

echo 0 > ${link[0]}/send
echo "rounds: $(cat $finish/recv)"

for i in {1..8}; do echo close > ${link[i]}/ctl; done
for i in {1..8}; do grep -o '"ExitCode": 0' ${host[i]}/runner/wait; done
rmdir $finish /circuit/host/*/{link,runner}
