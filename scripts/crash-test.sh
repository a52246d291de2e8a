#!/usr/bin/env bash
# Hits the real server at random moments while it deploys under load: 200 kills, and fewer blows of each other kind.
# Usage: scripts/crash-test.sh             all kinds
#        scripts/crash-test.sh --quick     a twentieth of them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
  "") kills=100 others=12 ;;
  --quick) kills=5 others=2 ;;
  *)
    echo "unknown argument: $1 (--quick)" >&2
    exit 2
    ;;
esac

static=()
if [ "$(uname -s)" = Linux ]; then static=(--static-swift-stdlib); fi
release=(--configuration release ${static[@]+"${static[@]}"} --scratch-path .build-release)
for product in slipway answer-service crash-test; do scripts/swift-build.sh "${release[@]}" --product "$product"; done
program="$(swift build "${release[@]}" --show-bin-path)/crash-test"

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failed=()
# Each run waits most of its time, so two at once share the processors well.
# both KIND BLOWS SEED KIND BLOWS SEED
both() {
  "$program" --trouble "$1" --blows "$2" --seed "$3" >"$logs/first" 2>&1 &
  local first=$! status=0
  "$program" --trouble "$4" --blows "$5" --seed "$6" >"$logs/second" 2>&1 || status=$?
  wait "$first" || failed+=("$1")
  cat "$logs/first" "$logs/second"
  if [ "$status" -ne 0 ]; then failed+=("$4"); fi
}

both kill "$kills" 1 kill "$kills" 2
both writes "$others" 3 freeze "$others" 4
# A small file system takes root.
if [ "$(id -u)" = 0 ]; then both agent "$others" 5 disk "$others" 6; else both agent "$others" 5 writes "$others" 6; fi

if [ ${#failed[@]} -gt 0 ]; then
  echo "crash tests: something was lost: ${failed[*]}" >&2
  exit 1
fi
echo "crash tests: nothing was lost"
