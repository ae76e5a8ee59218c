#!/usr/bin/env bash
# Installs what is missing: Debian (or Ubuntu) packages, and the embedded engine's files for this user.
#   bash Config/install.sh             what building, running and testing need; test.sh calls it
#   bash Config/install.sh --to-run    without what only the tests need; start.sh and package.sh call it
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  libpng-dev zlib1g-dev libdeflate-dev         # PNG
  libjpeg-dev libwebp-dev                      # JPEG, WebP
  libtiff-dev libheif-dev                      # TIFF, HEIC and AVIF
  libpango1.0-dev fonts-dejavu-core            # names and sentences on contact sheets
  libcurl4-openssl-dev                         # calls to image services
  liblcms2-dev                                 # ICC profiles
  libssl-dev                                   # signing in to Google Cloud
  libinotifytools0-dev                         # watching folders
  libpq-dev                                    # work that several machines share
  libopencv-core-dev libopencv-imgproc-dev     # filters of the embedded engine
  imagemagick                                  # the tests open layered files with it
  python3 python3-pip python3-venv             # pip fetches the engine's files, and what the tests check by
)
if [ "${1:-}" != --to-run ]; then
  packages+=(
    openssl                                    # certificates
    curl vim nano ed zsh fish rsync            # hooks, editors, shells, a move of the root
    postgresql                                 # what several machines meet in
    chromium fonts-liberation                  # the page in a real browser
  )
fi

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
