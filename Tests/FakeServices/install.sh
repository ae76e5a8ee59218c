#!/usr/bin/env bash
# Installs the vendors' own libraries, by which the fake services check every request, into a folder of this user's
# cache that is named after their versions, and prints its Python. Safe to call at any time and several at once.
set -euo pipefail
cd "$(dirname "$0")"
iopaint=iopaint==1.6.0 # without its dependencies: only its request types are used
cache=${XDG_CACHE_HOME:-$HOME/.cache}/scenehf
version=$( (cat requirements.txt; echo "$iopaint"; python3 --version) | sha256sum | cut -c1-12)
folder=$cache/fakes-$version
mkdir -p "$cache"
exec 9> "$cache/fakes.lock"
flock 9
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps "$iopaint" >&2
  touch "$folder/complete"
fi
echo "$folder/bin/python"
