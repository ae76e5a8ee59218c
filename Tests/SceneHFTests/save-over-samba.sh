#!/bin/sh
# Replaces the word OLD by NEW in FILE over a Samba share of its folder, as from a Windows computer: a server of its own
# on loopback, and its client.
#
#   save-over-samba.sh OLD NEW FILE
set -eu

old=$1 new=$2 file=$3
name=$(basename "$file")
state=$(mktemp -d)
trap 'kill "$server" 2> /dev/null || true; rm -rf "$state"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$state/smb.conf" << SETTINGS
[global]
server role = standalone server
map to guest = bad user
smb ports = $port
interfaces = lo
bind interfaces only = yes
disable netbios = yes
load printers = no
pid directory = $state
lock directory = $state
state directory = $state
cache directory = $state
private dir = $state
ncalrpc dir = $state/ncalrpc
log file = $state/log
[review]
path = $(dirname "$file")
guest ok = yes
force user = $(id -un)
read only = no
SETTINGS
# In a session of its own, because it ends its whole process group.
setsid /usr/sbin/smbd --foreground --no-process-group --configfile="$state/smb.conf" > /dev/null 2>&1 &
server=$!
client() { smbclient //127.0.0.1/review --port="$port" --no-pass --configfile="$state/smb.conf" -c "lcd \"$state\"; $1"; }
for _ in $(seq 100); do
  client "get \"$name\"" > /dev/null 2>&1 && break
  sleep 0.1
done
sed "s/$old/$new/" "$state/$name" > "$state/changed" && mv "$state/changed" "$state/$name"
client "put \"$name\"" > /dev/null
