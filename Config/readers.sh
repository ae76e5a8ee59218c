#!/usr/bin/env bash
# Opens layered files in Krita and GIMP without a screen and compares every pixel of every layer.
#
#   bash Config/readers.sh [FACE...]    folders of done/; without one a sample at 8 and at 16 bits with another profile is made
#
# Needs the Debian packages krita, gimp, imagemagick and python3-pyqt5, about 400 MB, which is why the tests do without;
# they read the same files in psd-tools, ImageMagick and pyora.
set -euo pipefail
cd "$(dirname "$0")/.."
for program in kritarunner gimp convert; do
  command -v "$program" > /dev/null || { echo "apt-get install krita gimp imagemagick python3-pyqt5" >&2; exit 1; }
done
python=$(bash Tests/Readers/install.sh)
if [ $# -eq 0 ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cp Samples/mug.png "$work/mug.png"
  # Real 16-bit values, and a profile wider than sRGB that Krita brings.
  convert Samples/mug.png -depth 16 -attenuate 0.02 +noise Gaussian -define png:bit-depth=16 -units PixelsPerInch \
    -density 300 -profile /usr/share/color/icc/krita/ClayRGB-elle-V2-g22.icc "$work/deep.png"
  scenehf=$(swift build --show-bin-path)/scenehf
  [ -x "$scenehf" ] || swift build --product scenehf
  "$scenehf" --storage-root "$work/root" run "$work/mug.png" "$work/deep.png"
  set -- "$work"/root/done/*/
fi
for face in "$@"; do "$python" Tests/Readers/editors.py "$face"; done
