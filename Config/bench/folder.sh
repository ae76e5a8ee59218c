#!/usr/bin/env bash
# a folder of 40 pictures, background removal alone, beside `rembg p` with the same weights
#
#   bash Config/bench.sh folder [--rounds 3]
#
# Takes the scenes of `bash Config/bench.sh engine`, which must have built them. Some five minutes.
set -euo pipefail

[ -d "$BENCH/scenes" ] || { echo "There are no scenes yet: bash Config/bench.sh engine quick" >&2; exit 1; }
"$PYTHON" -m pip install --quiet "rembg[cpu,cli]==2.0.67" opencv-python-headless scipy
engine="${SCENEHF_ENGINE_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/scenehf/engine}"
exec "$PYTHON" Config/bench/folder.py \
  --scenehf "$SCENEHF" --engine "$engine" --scenes "$BENCH/scenes" --table Config/bench/folder.md "$@"
