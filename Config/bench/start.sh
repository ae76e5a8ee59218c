#!/usr/bin/env bash
# how long the program takes to say its help, and to check a picture
#
#   bash Config/bench.sh start
#
# Seconds.
set -euo pipefail

exec "$PYTHON" Config/bench/start.py --scenehf "$SCENEHF"
