#!/usr/bin/env bash
# Measures how many rollouts one core simulates in a second, without faults and with all of them.
# Usage: Benchmarks/simulation/run.sh [--quick]
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=2000
if [ "${1:-}" = "--quick" ]; then runs=100; fi
build=(--configuration release --static-swift-stdlib --scratch-path .build-release)
scripts/swift-build.sh "${build[@]}" --product simulation-benchmark
"$(swift build "${build[@]}" --show-bin-path)/simulation-benchmark" "$runs"
