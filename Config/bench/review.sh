#!/usr/bin/env bash
# from a save in review/ to the run that it asks for, with many faces under review, and what they cost when idle
#
#   bash Config/bench.sh review [--faces 100] [--saves 100]
#
# Some two minutes.
set -euo pipefail

exec "$PYTHON" Config/bench/review.py --scenehf "$SCENEHF" --table Config/bench/review.md "$@"
