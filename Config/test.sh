#!/usr/bin/env bash
# Installs what is missing and passes all checks: format, layers, warnings, declared imports, tests.
set -euo pipefail
cd "$(dirname "$0")/.."

bash Config/install.sh
bash Tests/FakeServices/install.sh > /dev/null
swift format lint --strict --recursive Sources Tests Package.swift
bash Config/layers.sh
# Warnings are errors by the package manifest; an import that is not declared there is one by this flag.
swift build --build-tests --explicit-target-dependency-import-check error
swift test --skip-build "$@"
