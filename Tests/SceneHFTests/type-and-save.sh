#!/bin/sh
# Opens FILE in a desktop editor on a screen of its own, types an edit file with the wording WORDS over it, and saves
# with Ctrl+S, as a person does.
#
#   type-and-save.sh EDITOR WORDS FILE
set -eu

if [ -z "${TYPING:-}" ]; then
  TYPING=1 GTK_USE_PORTAL=0 NO_AT_BRIDGE=1 LIBGL_ALWAYS_SOFTWARE=1 XDG_RUNTIME_DIR="$HOME" \
    exec xvfb-run -a -s "-screen 0 1024x768x24" dbus-run-session -- sh "$0" "$@"
fi

editor=$1 words=$2 file=$3

# LibreOffice: without the tip of the day, and without the question whether to keep the format.
profile="$HOME/.config/libreoffice/4/user"
mkdir -p "$profile"
cat > "$profile/registrymodifications.xcu" << 'SETTINGS'
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Save/Document"><prop oor:name="WarnAlienFormat" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="ShowTipOfTheDay" oor:op="fuse"><value>false</value></prop></item>
</oor:items>
SETTINGS

case $editor in
  soffice) soffice --writer --nologo --norestore --infilter="Text (encoded):UTF8" "$file" & ;;
  *) "$editor" "$file" & ;;
esac
window() { xdotool search --onlyvisible --name "$1" 2> /dev/null | tail -n 1; }
for _ in $(seq 300); do
  [ -n "$(window "$(basename "$file")")" ] && break
  sleep 0.2
done
# The window is there before its text can be typed into.
sleep 2
xdotool windowfocus "$(window "$(basename "$file")")"
xdotool key ctrl+a
xdotool type --delay 20 "action: retry"
xdotool key Return
xdotool type --delay 20 "prompt: $words"
xdotool key Return
sleep 0.5
xdotool key ctrl+s
sleep 2
# Closes what the editor leaves behind.
kill $(jobs -p) 2> /dev/null || true
pkill -P $$ 2> /dev/null || true
