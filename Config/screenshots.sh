#!/usr/bin/env bash
# Makes the pictures of README.md and its pages anew, with the program itself: what it made of Samples/, and its page.
#   bash Config/screenshots.sh [FOLDER]    they land in FOLDER (default: Config/docs/pictures)
#   SCENEHF    the program; without it the release is built
# Config/docs/pictures/pipeline.svg is drawn by hand.
set -euo pipefail
cd "$(dirname "$0")/.."

pictures=$(realpath "${1:-Config/docs/pictures}")
if [ -z "${SCENEHF:-}" ]; then
  swift build --configuration release --static-swift-stdlib --product scenehf
  SCENEHF=$(swift build --configuration release --static-swift-stdlib --show-bin-path)/scenehf
fi
root=$(mktemp -d "${TMPDIR:-/tmp}/scenehf-screenshots.XXXXXX")
trap 'kill "$service" 2> /dev/null || true; wait; rm -rf "$root"' EXIT

STORAGE_ROOT=$root/root "$SCENEHF" watch 2> "$root/log" &
service=$!
wait_for() { for _ in $(seq 600); do if eval "$1"; then return; fi; sleep 0.2; done; echo "never: $1" >&2; exit 1; }
wait_for 'grep -q "Watching" "$root/log"'
for sample in fruit.jpg mug.png sky.jpg close-up.png; do cp "Samples/$sample" "$root/root/inbox/"; done
face() { ls -d "$root/root/$1/$2"--* 2> /dev/null; }
wait_for '[ -n "$(face done fruit)" ] && [ -n "$(face done mug)" ] && [ -n "$(face review sky)" ] && [ -n "$(face review close-up)" ]'

# Smaller and with fewer colours: a README is read over slow lines as well.
shrink() { convert "$1" -resize "$3x>" -colors 200 -define png:compression-level=9 "$pictures/$2"; }
shrink "$(face done fruit)/contact-sheet.png" contact-sheet.png 900
shrink "$(ls "$(face review close-up)"/*.problems.png | head -n 1)" problems.png 640

# The page as the tests of it see it, in a real browser.
mkdir "$root/page"
SCENEHF_SCREENSHOTS=$root/page swift test --disable-xctest --filter PageTests > "$root/tests"
shrink "$root/page/4-problems.png" page.png 1280
ls -l "$pictures"
