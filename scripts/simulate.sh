#!/usr/bin/env bash
# Runs a campaign of simulated rollouts. Usage: ROLLOUTS=20000 SEED=1 scripts/simulate.sh [FURTHER OPTIONS OF simulation-campaign]
# The program is built first, unless CAMPAIGN names one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${CAMPAIGN:-}
if [ -z "$program" ]; then
  static=()
  if [ "$(uname -s)" = Linux ]; then static=(--static-swift-stdlib); fi
  options=(--configuration release ${static[@]+"${static[@]}"} --scratch-path .build-release)
  scripts/swift-build.sh "${options[@]}" --product simulation-campaign
  program=$(swift build "${options[@]}" --show-bin-path)/simulation-campaign
fi
commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
if ! git diff --quiet HEAD 2>/dev/null; then commit=$commit+changes; fi
exec "$program" --rollouts "${ROLLOUTS:-20000}" --seed "${SEED:-1}" --commit "$commit" "$@"
