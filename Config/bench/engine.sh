#!/usr/bin/env bash
# cut-outs, layers, plates and seconds on composited scenes with truth, beside rembg and PyPatchMatch
#
#   bash Config/bench.sh engine              the odd scenes (the even ones are for tuning) and a held-out set of other
#                                            objects on other backgrounds; writes Config/bench/engine.md: an hour
#   bash Config/bench.sh engine kept         the same with the peers' figures of the last run: a quarter of the time
#   bash Config/bench.sh engine seconds      the whole jobs' seconds again, for when the machine is at rest: five minutes
#   bash Config/bench.sh engine quick        six scenes of each, printed only: ten minutes
#   bash Config/bench.sh engine SCENE...     these scenes of the first set, printed only
#
# SEED and HELD_OUT_SEED choose the scenes. About 1 GB of disk.
set -euo pipefail

mkdir -p "$BENCH/debs" "$BENCH/sources"
"$PYTHON" -m pip install --quiet numpy pillow opencv-python-headless scikit-image scikit-learn scipy \
  rembg==2.0.67 onnxruntime==1.31.1 PyPatchMatch==2.2.0

# The pictures are GPL and CC works of Debian packages: unpacked, not installed, and never part of this project.
packages=(
  gnome-backgrounds mate-backgrounds lomiri-wallpapers-16.04 lomiri-wallpapers-20.04 plasma-workspace-wallpapers
  tuxpaint-stamps-default opencv-doc
)
for package in "${packages[@]}"; do
  [ ! -d "$BENCH/sources/$package" ] || continue
  (cd "$BENCH/debs" && apt-get download -qq "$package")
  dpkg-deb -x "$BENCH/debs/$package"_*.deb "$BENCH/sources/$package"
done

# scenes FOLDER SEED [NAME=VALUE...]: builds a set of scenes, unless it is there.
scenes() {
  local folder=$1 seed=$2
  shift 2
  [ "$(cat "$folder/seed" 2> /dev/null)" != "$seed" ] || return 0
  mkdir -p "$folder"
  env SRC="$BENCH/sources" OUT="$folder" SEED="$seed" "$@" "$PYTHON" Config/bench/scenes.py
  echo "$seed" > "$folder/seed"
}
scenes "$BENCH" "${SEED:-1}"
scenes "$BENCH/held-out" "${HELD_OUT_SEED:-7}" SET=held-out ONLY=odd

bash Config/engine.sh u2net
engine="${SCENEHF_ENGINE_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/scenehf/engine}"
exec "$PYTHON" Config/bench/engine.py --scenehf "$SCENEHF" --engine "$engine" --bench "$BENCH" \
  --table Config/bench/engine.md "$@"
