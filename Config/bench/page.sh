#!/usr/bin/env bash
# the HTTP face: requests, events to many listeners, memory, stopping, beside FastAPI on uvicorn
#
#   bash Config/bench.sh page [--seconds 5] [--changes 50] [--jobs 60]
#
# Some two minutes. wrk comes from Debian's archive, unpacked and not installed.
set -euo pipefail

"$PYTHON" -m pip install --quiet fastapi==0.121.3 uvicorn==0.38.0
if [ ! -x "$BENCH/wrk/usr/bin/wrk" ]; then
  mkdir -p "$BENCH/debs"
  for package in wrk libluajit-5.1-2; do
    (cd "$BENCH/debs" && apt-get download -qq "$package")
    dpkg-deb -x "$BENCH/debs/$package"_*.deb "$BENCH/wrk"
  done
fi
LD_LIBRARY_PATH=$(dirname "$BENCH"/wrk/usr/lib/*/libluajit-5.1.so.2)
export LD_LIBRARY_PATH
exec "$PYTHON" Config/bench/page.py --scenehf "$SCENEHF" --wrk "$BENCH/wrk/usr/bin/wrk" --table Config/bench/page.md "$@"
