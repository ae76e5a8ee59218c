#!/usr/bin/env bash
# Runs tests under a sanitizer: ThreadSanitizer over what shares state between threads, unless told otherwise.
#   bash Config/sanitize.sh [thread|address [FILTER]]
# A race is seen only where threads really run side by side: do not pin this to one core.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizer=${1:-thread}
filter=${2:-'^(StorageTests|WatchingTests|RunningTests|TransportTests|ServingTests|EngineTests|ImagingTests)\.'}

# OpenCV and TBB come from Debian without instruments, so what their threads do in turn would look like a race.
export OPENCV_FOR_THREADS_NUM=1
export TSAN_OPTIONS="halt_on_error=0 exitcode=66 ${TSAN_OPTIONS:-}"
export ASAN_OPTIONS="detect_leaks=0 ${ASAN_OPTIONS:-}"
swift build --build-tests --sanitize "$sanitizer" --scratch-path ".build/$sanitizer"
exec swift test --skip-build --disable-xctest --sanitize "$sanitizer" --scratch-path ".build/$sanitizer" --filter "$filter"
