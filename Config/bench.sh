#!/usr/bin/env bash
# Measures SceneHF beside what people run today, and writes the tables that the README shows.
#
#   bash Config/bench.sh engine [SCENE...]    cut-outs, layers, plates and seconds on composited scenes with truth
#                                             (default: the odd ones; the even ones are for tuning)
#
# BENCH_DIR (default ~/.cache/scenehf/bench) keeps the scenes and the peers' throw-away environment between runs;
# SEED chooses the scenes. Needs Debian's package archive and PyPI, about 1 GB of disk, and half an hour.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "${1:-}" = engine ] || { sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 64; }
shift

bench=${BENCH_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/scenehf/bench}
seed=${SEED:-1}
mkdir -p "$bench/debs" "$bench/sources"

if [ ! -x "$bench/venv/bin/python" ]; then
  python3 -m venv "$bench/venv"
  "$bench/venv/bin/pip" install --quiet numpy pillow opencv-python-headless scikit-image scikit-learn scipy \
    rembg==2.0.67 onnxruntime==1.31.1 PyPatchMatch==2.2.0
fi

# The pictures are GPL and CC works of Debian packages: unpacked, not installed, and never part of this project.
packages=(
  gnome-backgrounds mate-backgrounds lomiri-wallpapers-16.04 lomiri-wallpapers-20.04 plasma-workspace-wallpapers
  tuxpaint-stamps-default opencv-doc
)
for package in "${packages[@]}"; do
  [ ! -d "$bench/sources/$package" ] || continue
  (cd "$bench/debs" && apt-get download -qq "$package")
  dpkg-deb -x "$bench/debs/$package"_*.deb "$bench/sources/$package"
done
if [ "$(cat "$bench/seed" 2> /dev/null)" != "$seed" ]; then
  SRC="$bench/sources" OUT="$bench" SEED="$seed" "$bench/venv/bin/python" Config/bench/scenes.py
  echo "$seed" > "$bench/seed"
fi

bash Config/engine.sh u2net
swift build --configuration release --static-swift-stdlib --product scenehf
scenehf=$(swift build --configuration release --static-swift-stdlib --show-bin-path)/scenehf
engine="${SCENEHF_ENGINE_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/scenehf/engine}"

exec nice -n 10 "$bench/venv/bin/python" Config/bench/engine.py \
  --scenehf "$scenehf" --engine "$engine" --bench "$bench" --seed "$seed" --table Config/bench/engine.md "$@"
