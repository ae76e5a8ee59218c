#!/usr/bin/env bash
# Tries the review folder with desktop editors: installs them (some 500 MB of Debian packages, LibreOffice among them),
# then types into each on a screen that nobody sees, saves, and checks that it was one run with the new wording.
#
#   bash Config/editors.sh
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(vim nano ed samba smbclient xvfb xauth xdotool dbus-x11 gedit pluma mousepad featherpad libreoffice-writer)
root=()
[ "$(id -u)" -eq 0 ] || root=(sudo)
"${root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" > /dev/null
SCENEHF_EDITORS=1 exec bash Config/test.sh --filter EditorTests
