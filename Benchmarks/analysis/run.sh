#!/usr/bin/env bash
# Judges good and bad releases by Slipway's evidence and by the rules of other tools, thousands of times, and says whether
# Slipway keeps what it promises. Usage: Benchmarks/analysis/run.sh [--quick]
set -euo pipefail
cd "$(dirname "$0")/../.."
options=()
if [ "${1:-}" = "--quick" ]; then options=(--runs 50 --null-runs 50 --summary); fi
build=(--configuration release --static-swift-stdlib --scratch-path .build-release)
scripts/swift-build.sh "${build[@]}" --product analysis-benchmark
program="$(swift build "${build[@]}" --show-bin-path)/analysis-benchmark"
"$program" "${options[@]}"
"$program" cost
