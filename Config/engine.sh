#!/usr/bin/env bash
# Installs the embedded engine's files for this user: bash Config/engine.sh [u2netp|u2net]
# The script lies where `scenehf engine install` takes it from.
exec bash "$(dirname "$0")/../Sources/scenehf/Resources/engine.sh" "$@"
