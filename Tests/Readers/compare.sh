#!/usr/bin/env bash
# compare.py with the readers it needs: compare.sh FACE SCHEMA
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec "$(bash "$here/install.sh")" "$here/compare.py" "$@"
