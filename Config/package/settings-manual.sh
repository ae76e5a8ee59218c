#!/usr/bin/env bash
# Turns the documented settings file named on the command line into the manual page scenehf.yaml(5).
set -euo pipefail
printf '.Dd %s\n' "$(LC_ALL=C git log -1 --date=format:"%B %d, %Y" --format=%cd)"
cat <<'HEAD'
.Dt SCENEHF.YAML 5
.Os
.Sh NAME
.Nm scenehf.yaml
.Nd settings of the SceneHF hot folder
.Sh DESCRIPTION
HEAD
# The comment at the top is the description; each later comment belongs to the key below it.
awk '
  function flat(text) { gsub(/\\/, "\\e", text); gsub(/[.?!] +/, "&\n", text); gsub(/ +\n/, "\n", text)
    sub(/^[.\047]/, "\\\\\\&&", text); return text
  }
  /^#/ { line = $0; sub(/^# ?/, "", line); held = held (held == "" ? "" : "\n") flat(line); next }
  /^$/ {
    if (!started && held != "") { print held; print ".Sh SETTINGS"; print ".Bl -tag -width Ds"; started = 1; held = "" }
    next
  }
  match($0, /^[a-z_]+:/) {
    key = substr($0, 1, RLENGTH - 1); value = substr($0, RLENGTH + 1); sub(/^ +/, "", value)
    print ".It Cm " key " (default: " (value ~ /^("")?$/ ? "empty" : flat(value)) ")"; print held; held = ""
  }
  END { print ".El" }
' "$1"
cat <<'TAIL'
.Sh FILES
.Bl -tag -width Ds
.It Pa ~/.config/scenehf/scenehf.yaml
The settings of one person.
.It Pa /etc/scenehf/scenehf.yaml
The settings of the system-wide service.
.El
.Sh SEE ALSO
.Xr scenehf 1
TAIL
