#!/usr/bin/env bash
# Feeds the picture decoders and the readers of people's files changed inputs, under AddressSanitizer.
#   bash Config/fuzz.sh [SECONDS [SEED [READER]]]   default: an hour, a seed by the clock, all readers in turn
# What brought new kinds of answers is kept in $FUZZ_DIR (default ~/.cache/scenehf/fuzz) and built upon by the next
# run. After a crash or a hang the input that did it is there as READER/current.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${FUZZ_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/scenehf/fuzz}
mkdir -p "$folder"
build=(--sanitize address --scratch-path .build/address --product Fuzz)
swift build "${build[@]}" >&2
# Everything that is taken is given back; what libraries keep for the whole run is not a leak.
# What the AV1 decoder keeps of broken data is its own affair: a child that decodes is replaced now and then.
# What Foundation's reading of files keeps was seen once in 1.66 million inputs, within Foundation.
printf '%s\n' leak:libdav1d leak:readBytesFromFile > "$folder/leaks-of-others"
export LSAN_OPTIONS="suppressions=$folder/leaks-of-others:print_suppressions=0 ${LSAN_OPTIONS:-}"
export ASAN_OPTIONS="detect_leaks=1 allocator_may_return_null=1 ${ASAN_OPTIONS:-}"
exec nice "$(swift build "${build[@]}" --show-bin-path)/Fuzz" "${1:-3600}" "$folder" "${@:2}"
