#!/usr/bin/env bash
# many jobs at once against slow services, beside what their delays alone would take
#
#   bash Config/bench.sh services [--jobs 200] [--at-once 2,8,50] [--delay 0.5] [--rounds 3] [--case BEGINNING]
#
# The services are the fakes of the tests. Some twenty minutes on two cores.
set -euo pipefail

python=$(bash Tests/FakeServices/install.sh)
picture=$BENCH/services.png
"$PYTHON" - "$picture" << 'PY'
import sys
from PIL import Image, ImageDraw
picture = Image.new("RGB", (320, 240), (90, 120, 150))
ImageDraw.Draw(picture).rectangle((100, 70, 179, 159), fill=(200, 40, 40))
picture.save(sys.argv[1])
PY
exec python3 Config/bench/services.py --scenehf "$SCENEHF" --python "$python" --picture "$picture" \
  --table Config/bench/services.md "$@"
