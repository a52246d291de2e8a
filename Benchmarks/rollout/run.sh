#!/usr/bin/env bash
# Measures the whole program: requests lost over 20 switches under load, time to withdraw a failing candidate, footprint.
# Usage: Benchmarks/rollout/run.sh [--quick]
set -euo pipefail
cd "$(dirname "$0")/../.."
make build
scripts/swift-build.sh --configuration release --static-swift-stdlib --scratch-path .build-release --product RolloutBenchmark
"$(swift build --configuration release --static-swift-stdlib --scratch-path .build-release --show-bin-path)/RolloutBenchmark" \
  "$PWD/bin/slipway" "$PWD/bin/answer-service" "$@"
