#!/usr/bin/env bash
# start-up, idle and intake with 10,000 and 100,000 finished jobs
#
#   bash Config/bench.sh jobs [--counts 10000,100000]
#
# A finished job is made by the program itself and multiplied on the disk; 100,000 of them take 3.5 GB in the temporary
# folder and some ten minutes to make and remove.
set -euo pipefail

exec "$PYTHON" Config/bench/jobs.py --scenehf "$SCENEHF" --table Config/bench/jobs.md "$@"
