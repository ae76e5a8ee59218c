#!/usr/bin/env bash
# Fails if a target imports a module that lies above it, or a C module that is not its own, or if a closure lies bare
# behind a lock.
#   bash Config/layers.sh [FOLDER]    checks FOLDER/Sources (default: this project)
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

# What each target may import, arrows pointing up this table. Packages and the standard library are free.
declare -A allowed=(
  [Blocking]=""
  [Model]=""
  [Imaging]="Model CPNG CPhoto CColour CPango"
  [Watching]="Blocking CInotifyTools CLinux"
  [Storage]="Blocking Model CLinux CPQ CSign"
  [Transport]="Blocking Model CCurl"
  [Engine]="Blocking Model Imaging COnnx CVision"
  [ImageServices]="Blocking Model Imaging Transport Engine CSign"
  [Planning]="Blocking Model Imaging Transport Engine"
  [Running]="Blocking CLinux Model Imaging Storage Transport ImageServices Planning"
  [Serving]="Blocking Model Storage Running"
  [scenehf]="Serving Blocking Model Imaging Watching Storage Transport Engine ImageServices Planning Running CLinux"
)

ours=" "
for folder in Sources/*/; do ours+="$(basename "$folder") "; done

broken=0
for folder in Sources/*/; do
  target=$(basename "$folder")
  case $target in C*) continue ;; esac
  if [ -z "${allowed[$target]+known}" ]; then
    echo "Sources/$target is not in the table of Config/layers.sh; say there what it may import." >&2
    broken=1
    continue
  fi
  while IFS=: read -r file line module; do
    case $ours in *" $module "*) ;; *) continue ;; esac
    case " ${allowed[$target]} " in *" $module "*) continue ;; esac
    echo "$file:$line: $target may not import $module: arrows only point up the table of Config/layers.sh." >&2
    broken=1
  done < <(grep -rnE '^[[:space:]]*(@[A-Za-z]+ +)*((package|internal|private|fileprivate|public) +)?import ' \
    --include='*.swift' "$folder" |
    sed -E 's/^([^:]+):([0-9]+):.*import +((struct|class|enum|func|protocol|var|let|typealias) +)?([A-Za-z0-9_]+).*/\1:\2:\5/')
done

# A closure as the lock's value itself; see `Locked`.
if grep -rnE 'Locked<[^[<>]*->' --include='*.swift' Sources >&2; then
  echo "A closure behind a lock must be in a struct, or each use wraps it once more." >&2
  broken=1
fi
exit "$broken"
