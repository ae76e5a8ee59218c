#!/usr/bin/env bash
# a whole job of the embedded engine beside the sum of what people chain by hand: rembg, PyPatchMatch and Pillow
#
#   bash Config/bench.sh whole
#
# From the last run of `bash Config/bench.sh engine`; Pillow's part is measured now. A minute.
set -euo pipefail

exec "$PYTHON" Config/bench/whole.py
