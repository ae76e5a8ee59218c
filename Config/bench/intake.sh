#!/usr/bin/env bash
# from a rename into the inbox to a durable job.json, and a burst of files, beside a Python watchdog script
#
#   bash Config/bench.sh intake [--drops 200] [--burst 10000]
#
# Some three minutes, and 500 MB in the temporary folder.
set -euo pipefail

"$PYTHON" -m pip install --quiet watchdog==6.0.0
exec "$PYTHON" Config/bench/intake.py --scenehf "$SCENEHF" --table Config/bench/intake.md "$@"
