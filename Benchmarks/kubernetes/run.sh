#!/usr/bin/env bash
# Drives a thousand rollouts at once in one server against the double of a cluster: processor, memory, punctuality, calls, restart,
# and the way back.
#
#   Benchmarks/kubernetes/run.sh            about a quarter of an hour once it is built in release mode into .build-release
#   Benchmarks/kubernetes/run.sh --quick    50 rollouts for a minute: does it work, not how much does it take
#
# Ends with 1 when a target is missed. SLIPWAY, CLUSTER_HOST and KUBERNETES_BENCHMARK name built programs to use instead.
set -euo pipefail

cd "$(dirname "$0")/../.."
build=(--configuration release --static-swift-stdlib --scratch-path .build-release)
# Built one after the other: `swift build` takes one product at a time.
program() {
  if [ -n "${2:-}" ]; then echo "$2"; return; fi
  scripts/swift-build.sh "${build[@]}" --product "$1" >&2
  echo "$(swift build "${build[@]}" --show-bin-path)/$1"
}
slipway=$(program slipway "${SLIPWAY:-}")
host=$(program cluster-host "${CLUSTER_HOST:-}")
benchmark=$(program kubernetes-benchmark "${KUBERNETES_BENCHMARK:-}")
# Watches and their answers are some thousand sockets in the double.
ulimit -n 16384 2>/dev/null || ulimit -n "$(ulimit -Hn)"
exec "$benchmark" "$slipway" "$host" "$@"
