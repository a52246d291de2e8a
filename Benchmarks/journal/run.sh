#!/usr/bin/env bash
# Measures the journal: durable events per second alone and from 100 writers, verification, and reading a long stream.
#
#   Benchmarks/journal/run.sh            about a minute once it is built in release mode into .build-release
#   Benchmarks/journal/run.sh --quick    a tenth of that: does it work, not how fast is it
#
# JOURNAL_BENCHMARK names a built journal-benchmark to use instead.
set -euo pipefail

cd "$(dirname "$0")/../.."
seconds=5 entries=500000
case ${1:-} in
  "") ;;
  --quick) seconds=1 entries=50000 ;;
  *) echo "unknown option $1 (--quick)" >&2; exit 2 ;;
esac
benchmark=${JOURNAL_BENCHMARK:-}
if [ -z "$benchmark" ]; then
  scripts/swift-build.sh --configuration release --static-swift-stdlib --scratch-path .build-release --product journal-benchmark
  benchmark=$(swift build --configuration release --static-swift-stdlib --scratch-path .build-release --show-bin-path)/journal-benchmark
fi
exec "$benchmark" measure "$seconds" "$entries"
