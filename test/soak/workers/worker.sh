# shells: bash
# What the bash workers of the soak have in common. NAME, STYLE, TARGET, SIZES, PACE, EVERY, FLAGS and JOURNAL are in their environment.
export LC_ALL=C
said=$FLAGS/$NAME.said

# note OP FIELDS: FIELDS are the rest of a JSON object
note() {
  printf '{"at_ms":%d,"worker":"%s","op":"%s",%s}\n' $((${EPOCHREALTIME/./} / 1000)) "$NAME" "$1" "$2" >> "$JOURNAL"
}

# The name of the error that a program or this shell has just complained of.
complaint() {
  case $(< "$said") in
    '') echo ok ;;
    *'Interrupted system call'*) echo EINTR ;;
    *'Host is down'*) echo EHOSTDOWN ;;
    *'No such file'*) echo ENOENT ;;
    *'No data available'*) echo ENODATA ;;
    *'Broken pipe'*) echo EPIPE ;;
    *'Identifier removed'*) echo EIDRM ;;
    *'Resource temporarily unavailable'*) echo EAGAIN ;;
    *'endpoint is not connected'*) echo ENOTCONN ;;
    *'caused connection abort'*) echo ECONNABORTED ;;
    *'Input/output error'*) echo EIO ;;
    *) tr -d '\n"\\' < "$said" ;;
  esac
}

enough() { [ -e "$FLAGS/enough" ] || over; }
over() { [ -e "$FLAGS/over" ]; }
