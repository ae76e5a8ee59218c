#!/usr/bin/env bash
# Installs what is missing and passes all checks: format, layers, warnings, declared imports, tests.
set -euo pipefail
cd "$(dirname "$0")/.."

bash Config/install.sh
bash Tests/FakeServices/install.sh > /dev/null
bash Tests/Readers/install.sh > /dev/null
swift format lint --strict --recursive Sources Tests Package.swift
bash Config/layers.sh
# Warnings are errors by the package manifest; an import that is not declared there is one by this flag.
swift build --build-tests --explicit-target-dependency-import-check error

# One target after the other: the tests within a target run side by side, and the end-to-end tests alone keep both
# cores busy. With arguments, just these: bash Config/test.sh --filter StorageTests
if [ $# -gt 0 ]; then exec swift test --skip-build --disable-xctest "$@"; fi
for target in Tests/*Tests; do
  swift test --skip-build --disable-xctest --filter "^$(basename "$target")\\."
done
