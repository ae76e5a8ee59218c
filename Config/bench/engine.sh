#!/usr/bin/env bash
# cut-outs, layers, plates and seconds on composited scenes with truth, beside rembg and PyPatchMatch
#
#   bash Config/bench.sh engine [SCENE...]    (default: the odd scenes; the even ones are for tuning)
#
# SEED chooses the scenes. About 1 GB of disk, and half an hour.
set -euo pipefail

seed=${SEED:-1}
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
if [ "$(cat "$BENCH/seed" 2> /dev/null)" != "$seed" ]; then
  SRC="$BENCH/sources" OUT="$BENCH" SEED="$seed" "$PYTHON" Config/bench/scenes.py
  echo "$seed" > "$BENCH/seed"
fi

bash Config/engine.sh u2net
engine="${SCENEHF_ENGINE_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/scenehf/engine}"
exec "$PYTHON" Config/bench/engine.py \
  --scenehf "$SCENEHF" --engine "$engine" --bench "$BENCH" --seed "$seed" --table Config/bench/engine.md "$@"
