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

# circuit COMMAND ARGS, through the server of this host.
circuit() {
  local peek=/circuit/self/peek url
  url=$(sed -n '/"Addr"/{s/.*: "\(.*\)",*/\1/;p};/"Pid"/{s/.*: \([0-9]*\),*/\1/;p};/"ID"/{s/.*: "\(.*\)",*/\1/;p}' "$peek") || return
  url=$(grep -e : <<< "$url")/$(grep -e '^[0-9]*$' <<< "$url")/$(grep -e ^X <<< "$url")
  "$NODE" "$PROGRAM" "$1" -d "circuit://$url" "${@:2}"
}
