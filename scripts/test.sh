#!/usr/bin/env bash
# Builds and runs all tests. Fails when one fails, when none ran, or after 20 minutes.
# Usage: scripts/test.sh [ARGUMENTS-OF-SWIFT-TEST], for example: scripts/test.sh --filter SlipwayEngineTests
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The check finds an import that Package.swift does not allow, which the compiler alone may let pass.
scripts/swift-build.sh --build-tests --explicit-target-dependency-import-check error

limit=()
for command in timeout gtimeout; do
  if command -v "$command" >/dev/null; then
    limit=("$command" 20m)
    break
  fi
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
${limit[@]+"${limit[@]}"} swift test --skip-build --disable-xctest "$@" </dev/null 2>&1 | tee "$log"

# A filter that matches nothing ends with status 0.
if ! closing=$(grep -E 'Test run with [1-9][0-9]* tests? .*passed' "$log" | tail -n 1); then
  echo "no test ran" >&2
  exit 1
fi
echo "tests: ${closing#* }"
