#!/usr/bin/env bash
# A PostgreSQL server of the caller's own, of Debian's package, in a fresh folder that goes with it.
#   bash postgres.sh [FOLDER] [OPTION...]    below FOLDER (default /tmp); options are those of postgres(1)
# Prints the folder of its socket once it answers, restarts abruptly at each line on standard input, says so, and ends
# when that closes.
set -euo pipefail
folder=$(mktemp --directory "${1:-/tmp}/scenehf-pg-XXXXXX")
trap 'rm -rf "$folder"' EXIT
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort | tail --lines=1)
# The server refuses to run as root.
as=()
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$folder"
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
cd "$folder"
options="-c listen_addresses= -c unix_socket_directories=$folder ${*:2}"
"${as[@]}" "$bin/initdb" --pgdata="$folder/data" --username=scenehf --auth=trust --no-sync --no-locale --encoding=UTF8 > /dev/null
control() { "${as[@]}" "$bin/pg_ctl" --pgdata="$folder/data" --log="$folder/log" --options="$options" "$@" > /dev/null; }
control --wait start
echo "$folder"
while read -r; do
  control --mode=immediate --wait restart
  echo restarted
done
control --mode=immediate stop
