# shells: bash dash
# A command of 20 KB over many lines: a heredoc hands it over at once, bash's echo in pieces of up to 4096 bytes. Both work.
mkdir $A/heredoc $A/echo
entries=$(for i in $(seq 200); do printf '    "KEY_%d=%090d",\n' $i $i; done)
cat > $A/heredoc/ctl <<EOF
mkproc {
  "Path": "/bin/sh",
  "Args": ["-c", "env | grep -c ^KEY_; echo \$KEY_200"],
  "Env": [
$entries
    "LAST=yes"
  ]
}
EOF
cat $A/heredoc/stdout
command="mkproc {
  \"Path\": \"env\",
  \"ClearEnv\": true,
  \"Env\": [
$entries
    \"LAST=yes\"
  ]
}"
[ ${#command} -gt 20000 ] && echo long
echo "$command" > $A/echo/ctl
grep -c ^KEY_ $A/echo/stdout
tail -n 1 $A/echo/trystdout
