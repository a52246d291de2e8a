#!/usr/bin/env bash
# Builds and runs the tests, one target after the other. Fails when a test fails, when a target has none, or after 20 minutes.
# Usage: scripts/test.sh                        all targets
#        scripts/test.sh SlipwayEngineTests …   these targets
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

if [ $# -gt 0 ]; then
  targets=("$@")
else
  targets=()
  for folder in Tests/*Tests; do targets+=("$(basename "$folder")"); done
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
total=0
failed=()

# All in one process would start every test at once: those with processes and time limits would wait for those that calculate.
for target in "${targets[@]}"; do
  echo "== $target"
  status=0
  ${limit[@]+"${limit[@]}"} swift test --skip-build --disable-xctest --filter "^$target\\." </dev/null >"$log" 2>&1 || status=$?
  # Tests of time limits fail when something else takes the processors meanwhile. A target may be run once more, one test after the
  # other, and it is said.
  if [ "$status" -ne 0 ]; then
    grep -E '^✘' "$log" | head -n 20 || true
    echo "$target: failed, and is run once more"
    status=0
    ${limit[@]+"${limit[@]}"} swift test --skip-build --disable-xctest --no-parallel --filter "^$target\\." </dev/null >"$log" 2>&1 || status=$?
  fi
  grep -vE '^(◇|✔ (Test|Suite) |\[[0-9]+/[0-9]+\]|↳ (Testing Library|Target Platform))' "$log" || true
  # A filter that matches nothing ends with status 0.
  count=$(sed -nE 's/.*Test run with ([1-9][0-9]*) tests? in .* passed .*/\1/p' "$log" | tail -n 1)
  if [ "$status" -ne 0 ] || [ -z "$count" ]; then
    echo "$target: failed (status $status)"
    failed+=("$target")
  else
    echo "$target: $count tests passed"
    total=$((total + count))
  fi
done

if [ ${#failed[@]} -gt 0 ]; then
  echo "tests: ${#failed[@]} of ${#targets[@]} targets failed: ${failed[*]}" >&2
  exit 1
fi
echo "tests: $total in ${#targets[@]} targets passed"
