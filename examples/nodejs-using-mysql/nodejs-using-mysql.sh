#!/usr/bin/env bash
# A database on one host, and on another a web service that uses it. It runs until it is interrupted, and then takes both down.
# Usage: nodejs-using-mysql.sh [MOUNTPOINT]. PORT: that of the web service, 8080 unless set; MYSQL_PORT: that of the database, 3306 unless set.
# The hosts need mariadb-server and mariadb-client, and nodejs.
set -euo pipefail

circuit=${1:-/circuit}
port=${PORT:-8080}
mysql_port=${MYSQL_PORT:-3306}
service_js=$(dirname "$0")/service.cjs

# Two hosts; one twice if there is no other.
mapfile -t servers < <(shuf -n 2 -e "$circuit"/X*/)
database=${servers[0]}tutorial/mysql
web=${servers[-1]}tutorial/nodejs

# json TEXT…: as JSON strings, with commas between them. There are no control characters in these texts but newlines and tabs.
json() {
  local text comma=
  for text; do
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    printf '%s"%s"' "$comma" "${text//$'\t'/\\t}"
    comma=', '
  done
}

# run_shell SERVER COMMAND [STDIN]: runs a shell command on a host and prints its output. Fails if it fails.
run_shell() {
  local anchor status=0
  anchor=$(mktemp -d "$1tutorial/shell.XXXXXX")
  echo "mkproc {\"Path\": \"/bin/sh\", \"Args\": [\"-c\", $(json "$2")]}" > "$anchor/ctl"
  printf %s "${3:-}" > "$anchor/stdin" || true # it need not read all of it
  cat "$anchor/stderr" >&2 &
  cat "$anchor/stdout"
  wait $!
  grep -q '"ExitCode": 0' "$anchor/wait" || status=1
  rmdir "$anchor"
  return $status
}

# address SERVER: of its host.
address() {
  sed -n 's/.*"Addr": "\(.*\):[0-9]*".*/\1/p' "$1peek"
}

# end ANCHOR: ends the program there, in order, and takes the anchor away.
end() {
  if [ -d "$1" ]; then
    echo signal TERM > "$1/ctl"
    cat "$1/wait" > /dev/null
    rmdir "$1"
  fi
}

# shellcheck disable=SC2317 # it is called at the end
clean_up() {
  trap '' HUP INT TERM # a second signal does not break it off
  for server in "${servers[@]}"; do
    for shell in "$server"tutorial/shell.*; do # a command that was interrupted
      echo signal KILL > "$shell/ctl"
      end "$shell"
    done
  done
  end "$web"
  end "$database"
  if [ -n "$directory" ]; then run_shell "${servers[0]}" "rm -r '$directory'"; fi
  rmdir "${servers[@]/%/tutorial}"
} 2> /dev/null
directory=
trap 'clean_up || true' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "${servers[@]/%/tutorial}"

# The database: all that it keeps lies in a directory of its own. It is reached by other hosts at the address by which their servers reach this one.
directory=$(run_shell "${servers[0]}" 'mktemp -d')
run_shell "${servers[0]}" "TMPDIR='$directory' mariadb-install-db --no-defaults --user=\$(id -un) --datadir='$directory/data' --skip-test-db" > /dev/null
mysql_address=$(address "${servers[0]}")
mkdir "$database"
echo "mkproc {\"Path\": \"/bin/sh\", \"Overflow\": \"drop\", \"Args\": [\"-c\", $(json "exec mariadbd --no-defaults --user=\$(id -un) --datadir='$directory/data' \
  --socket='$directory/socket' --pid-file='$directory/pid' --tmpdir='$directory' --bind-address='$mysql_address' --port='$mysql_port' --skip-name-resolve")]}" > "$database/ctl"
grep -q -m 1 'ready for connections' "$database/stderr"

password=$(head -c 16 /dev/urandom | od -A n -t x1 | tr -d ' \n')
run_shell "${servers[0]}" "mariadb --no-defaults --socket='$directory/socket'" "
  CREATE DATABASE tutorial;
  CREATE TABLE tutorial.NameValue (name VARBINARY(255) PRIMARY KEY, value MEDIUMBLOB NOT NULL);
  CREATE USER tutorial@'%' IDENTIFIED BY '$password';
  GRANT SELECT, INSERT, UPDATE, DELETE ON tutorial.NameValue TO tutorial@'%';"

# The service: its program goes to the host through its standard input.
web_address=$(address "${servers[-1]}")
mkdir "$web"
echo "mkproc {\"Path\": \"node\", \"Args\": [\"-\", $(json "$mysql_address" "$mysql_port" "$web_address" "$port")], \"Env\": [$(json "MYSQL_PWD=$password")]}" > "$web/ctl"
cat "$service_js" > "$web/stdin"
grep -q -m 1 listening "$web/stdout"
echo "http://$web_address:$port"

# Whichever ends first; the other one is let go when both are taken down.
cat "$web/wait" &> /dev/null &
cat "$database/wait" &> /dev/null &
wait -n || true
echo 'The service or its database has ended.' >&2
exit 1
