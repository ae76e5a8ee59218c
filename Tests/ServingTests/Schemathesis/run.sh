#!/usr/bin/env bash
# Sends what the OpenAPI document allows, and what it does not, to a running service, and fails if an answer is not as
# the document says.
#   JOB=… ASSET=… STEP=… bash run.sh http://127.0.0.1:PORT    a job of the service, its source, a step that needs somebody
# Schemathesis is installed into a folder of this user's cache that bears its version.
set -euo pipefail
config=$(cd "$(dirname "$0")" && pwd)/schemathesis.toml
version=4.32.5
cache=${XDG_CACHE_HOME:-$HOME/.cache}/scenehf
folder=$cache/schemathesis-$version
mkdir -p "$cache"
exec 9> "$cache/schemathesis.lock"
flock 9
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
  touch "$folder/complete"
fi
flock --unlock 9

# Streams of events have no end. The seed makes a finding come again. A service that is slow is not wrong.
# What it remembers of a run it puts beside itself.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
"$folder/bin/st" --config-file "$config" run "$1/api/openapi.json" --no-color \
  --exclude-path-regex 'events$' --phases coverage,fuzzing,stateful --max-examples 5 --seed 1 --request-timeout 120
