#!/usr/bin/env bash
# Installs the readers of PyPI into a folder of this user's cache that is named after their versions, and prints its
# Python. Safe to call at any time and several at once.
set -euo pipefail
cd "$(dirname "$0")"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/scenehf
folder=$cache/readers-$( (cat requirements.txt; python3 --version) | sha256sum | cut -c1-12)
mkdir -p "$cache"
exec 9> "$cache/readers.lock"
flock 9
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt >&2
  touch "$folder/complete"
fi
echo "$folder/bin/python"
