# shells: bash dash
# Words of a command are as in sh; a quote that is not closed makes the write itself fail, and "error" says what to do.
mkdir $A/words
refused() { echo "$1" | cat 2>&1 > $A/words/ctl | sed 's/.*: //'; sed 's/^[^ ]* //' $A/words/error; }
refused 'mkproc /bin/echo "half'
refused "mkproc /bin/echo it's"
refused 'mkproc /bin/echo \'
# Bytes that are not UTF-8 are never handed on as others.
for line in 'printf caf\351' '/caf\351' '--dir /caf\351 true' '--env A=\351 true' '{"Path":"true","Dir":"/caf\351"}'; do
  printf "mkproc $line\n" > bytes
  cat bytes 2>&1 > $A/words/ctl | sed 's/.*: //'
  sed 's/^[^ ]* //' $A/words/error
done
made() { echo "$1" > $A/words/ctl && "$2" $A/words/$3; echo scrub > $A/words/ctl; }
ipv6() { grep -o '"Address": "\[::1\]' "$1"; }
made 'mkdns [::1]:0' ipv6 peek
made 'mkproc printf <%s> [a b] {c' cat stdout
made "mkproc printf %s \$'a\\tb\\n'" cat stdout
made 'mkproc [ -n [ ]' cat stdout
# A heredoc is one write, so a quote in it may span lines.
cat > $A/words/ctl <<'END'
mkproc printf '%s
' "two
lines" on\
e
END
cat $A/words/stdout
