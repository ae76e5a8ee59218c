#!/usr/bin/env bash
# reading, strictly checking and writing 12 megapixel layers, beside libpng and Pillow with numpy
#
#   bash Config/bench.sh pixels [--rounds 5]
#
# Some five minutes; CPU time, so that other work on the machine does not count.
set -euo pipefail

package=lomiri-wallpapers-16.04 # photographs; unpacked, not installed, and never part of this project
if [ ! -d "$BENCH/sources/$package" ]; then
  mkdir -p "$BENCH/debs" "$BENCH/sources"
  (cd "$BENCH/debs" && apt-get download -qq "$package")
  dpkg-deb -x "$BENCH/debs/$package"_*.deb "$BENCH/sources/$package"
fi
release=(--configuration release --static-swift-stdlib)
swift build "${release[@]}" --product pixel-bench >&2
bench=$(swift build "${release[@]}" --show-bin-path)/pixel-bench

exec "$PYTHON" Config/bench/pixels.py --ours "$bench" --photos "$BENCH/sources/$package" --work "$BENCH/pixels" \
  --table Config/bench/pixels.md "$@"
