#!/usr/bin/env bash
# Installs what is missing, builds, and watches $STORAGE_ROOT (default ~/Pictures/SceneGen).
#
#   bash Config/start.sh           watch until stopped
#   bash Config/start.sh --demo    drop Samples/ into a fresh root and show what becomes of them
set -euo pipefail
cd "$(dirname "$0")/.."

bash Config/install.sh --to-run
swift build --configuration release --static-swift-stdlib --product scenehf
scenehf=$(swift build --configuration release --static-swift-stdlib --show-bin-path)/scenehf

if [ "${1:-}" != "--demo" ]; then
  exec "$scenehf" watch "$@"
fi

root=$(mktemp -d "${TMPDIR:-/tmp}/scenehf-demo.XXXXXX")
export STORAGE_ROOT=$root
# The broken sample is given up soon; a real inbox is more patient.
export SCENEHF_INCOMPLETE_TIMEOUT=2
echo "The demo's root is $root"

"$scenehf" watch &
service=$!
trap 'kill "$service" 2> /dev/null || true' EXIT
until [ -d "$root/inbox" ] && "$scenehf" status | head -n 1 | grep -q ': running$'; do sleep 0.1; done

cp Samples/*.jpg Samples/*.png "$root/inbox/"
until "$scenehf" status | grep -q '^inbox 0, working 0' &&
  ! "$scenehf" status | grep -qE '^[0-9a-f]{8}  (IDLE|PLANNED|RUNNING) '; do
  sleep 0.3
done
kill "$service"
wait "$service" || true
trap - EXIT

echo
echo "What landed where:"
for folder in done review rejected; do
  for face in "$root/$folder"/*/; do
    [ -d "$face" ] || continue
    printf '  %-9s %-28s %s\n' "$folder" "$(basename "${face%/}" | sed 's/--[0-9a-f]*$//')" "${face%/}"
  done
done
echo
echo "Open the folders above. To settle a review: bash Config/start.sh with STORAGE_ROOT=$root, then change the"
echo "step's .yaml file there and save it, or copy Samples/edits/02-green-object.mask.png beside it."
