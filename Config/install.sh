#!/usr/bin/env bash
# Installs what is missing: Debian (or Ubuntu) packages, and the embedded engine's files for this user.
# Called by start.sh and test.sh; safe to call at any time.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  libpng-dev zlib1g-dev libdeflate-dev         # PNG
  libjpeg-dev libwebp-dev                      # JPEG, WebP
  libtiff-dev libheif-dev                      # TIFF, HEIC and AVIF
  libcurl4-openssl-dev                         # calls to image services
  liblcms2-dev                                 # ICC profiles
  libssl-dev                                   # signing in to Google Cloud
  libinotifytools0-dev                         # watching folders
  openssl                                      # certificates for the tests
  libopencv-core-dev libopencv-imgproc-dev     # filters of the embedded engine
  python3 python3-pip python3-venv             # pip fetches the engine's files, and what the tests check by
)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${Status}' "$package" 2> /dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done

if [ "${#missing[@]}" -gt 0 ]; then
  echo "Installing Debian packages: ${missing[*]}"
  root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi

if ! command -v swift > /dev/null; then
  echo "A Swift toolchain (6.2 or newer) is needed: https://www.swift.org/install/linux/" >&2
  exit 1
fi

bash Config/engine.sh
