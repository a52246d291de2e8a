#!/usr/bin/env bash
# swift build, tried twice: downloads break off, and a loaded machine has been seen to lose its compiler for a moment.
# Usage: scripts/swift-build.sh ARGUMENTS-OF-SWIFT-BUILD
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

swift build "$@" && exit
status=$?
echo "swift build ended with status $status; trying once more" >&2
exec swift build "$@"
