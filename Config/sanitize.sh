#!/usr/bin/env bash
# Runs the tests under a sanitizer: ThreadSanitizer unless told otherwise, all targets or the tests that are named.
#   bash Config/sanitize.sh [thread|address [FILTER…]]
# The end-to-end tests start a program that is built the same way; what it reports counts too. A race is seen only where
# threads really run side by side: do not pin this to one core. All of it takes two hours on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizer=${1:-thread}
shift $(($# > 0))
options=(--sanitize "$sanitizer" --scratch-path ".build/$sanitizer")
reports=$(mktemp -d)

# OpenCV and TBB come from Debian without instruments, so what their threads do in turn would look like a race. They
# cannot be kept to one thread from outside; what has one of them on the way to either access is left out.
printf '%s\n' race:libopencv race:libtbb > "$reports/of-others.txt"
suppressions="suppressions=$reports/of-others.txt print_suppressions=0"
# A decoder that is made to crash dies by its signal, as without a sanitizer.
signals="handle_segv=0 handle_sigbus=0 handle_sigill=0 handle_abort=0"
export TSAN_OPTIONS="halt_on_error=0 exitcode=66 log_path=$reports/report $suppressions $signals ${TSAN_OPTIONS:-}"
export ASAN_OPTIONS="detect_leaks=0 log_path=$reports/report ${ASAN_OPTIONS:-}"
swift build --build-tests "${options[@]}"

status=0
run() {
  echo "== $*"
  swift test --skip-build --disable-xctest "${options[@]}" "$@" || status=1
}

if [ $# -gt 0 ]; then
  for filter; do run --no-parallel --filter "$filter"; done
else
  # A job's life in CrashTests is lived on one thread, thousands of times.
  for target in Model Storage Watching Transport Imaging Engine ImageServices Planning; do
    run --filter "^${target}Tests\\." --skip '^StorageTests\.CrashTests'
  done
  # Side by side, these would meet their time limits. A decoder that is made to crash is, to a sanitizer, a finding.
  for target in Running Serving SceneHF; do
    run --no-parallel --filter "^${target}Tests\\." --skip '^SceneHFTests\.HostilePictureTests'
  done
fi

found=$(find "$reports" -name 'report*' -size +0)
if [ -n "$found" ]; then
  echo "Reports of the sanitizer:"
  cat $found
  status=1
fi
exit $status
