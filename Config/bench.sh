#!/usr/bin/env bash
# Measures SceneHF beside what people run today, and writes the tables that the README shows.
#
#   bash Config/bench.sh                        all topics, one after the other: some two hours
#   bash Config/bench.sh short                  the same with one round of what is slow, and the peers' cut-outs and
#                                               plates of the last run where there are some: an hour
#   bash Config/bench.sh TOPIC [ARGUMENT...]
#
# A topic is a Config/bench/TOPIC.sh, whose second line says what it measures; an unknown one lists them.
#
# BENCH_DIR (default ~/.cache/scenehf/bench) keeps pictures and the peers' throw-away environment between runs.
# Needs Debian's package archive and PyPI. A topic finds in its environment:
#   SCENEHF   the release build, statically linked as in the package; what was built before is used again
#   PYTHON    a Python with numpy and Pillow, where `$PYTHON -m pip install` may add peers
#   BENCH     the folder above
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A shorter=()
if [ "${1:-}" = short ]; then
  shift
  shorter=(
    [engine]="kept" [pixels]="--rounds 2" [intake]="--rounds 1" [folder]="--rounds 1"
    [services]="--rounds 1 --at-once 8,50" [review]="--saves 50" [page]="--seconds 3"
  )
fi

topic=Config/bench/${1:-}.sh
if [ $# -gt 0 ] && [ ! -f "$topic" ]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  for file in Config/bench/*.sh; do
    printf '  %-10s %s\n' "$(basename "$file" .sh)" "$(sed -n '2s/^# *//p' "$file")" >&2
  done
  exit 64
fi

export BENCH=${BENCH_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/scenehf/bench}
export PYTHON="$BENCH/venv/bin/python"
mkdir -p "$BENCH"
if [ ! -x "$PYTHON" ]; then
  python3 -m venv "$BENCH/venv"
  "$PYTHON" -m pip install --quiet numpy pillow
fi

release=(--configuration release --static-swift-stdlib)
swift build "${release[@]}" --product scenehf >&2
SCENEHF=$(swift build "${release[@]}" --show-bin-path)/scenehf
export SCENEHF

if [ $# -gt 0 ]; then exec nice -n 5 bash "$topic" "${@:2}"; fi
# The engine's comes first: it builds the scenes that others take.
for topic in engine whole pixels intake folder services jobs start review page; do
  echo "$(date +%H:%M) $topic" >&2
  # shellcheck disable=SC2086 # several words
  nice -n 5 bash "Config/bench/$topic.sh" ${shorter[$topic]:-} || early+=" $topic"
done
"$PYTHON" Config/bench/summary.py README.md
if [ -n "${early:-}" ]; then
  echo "These ended early, and their rows are of an earlier run or missing:$early. Run each by itself to see why." >&2
  exit 1
fi
