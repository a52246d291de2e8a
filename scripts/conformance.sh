#!/usr/bin/env bash
# Runs the conformance suite against the cluster that SLIPWAY_TEST_KUBECONFIG names, with the images of SLIPWAY_TEST_IMAGE.
# See docs/kubernetes/conformance.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -z "${SLIPWAY_TEST_KUBECONFIG:-}" ]; then
  echo "conformance: skipped: SLIPWAY_TEST_KUBECONFIG names no kubeconfig (docs/kubernetes/conformance.md)"
elif [ ! -r "$SLIPWAY_TEST_KUBECONFIG" ]; then
  echo "conformance: SLIPWAY_TEST_KUBECONFIG names $SLIPWAY_TEST_KUBECONFIG, which can't be read" >&2
  exit 1
elif [ -z "${SLIPWAY_TEST_IMAGE:-}" ]; then
  echo "conformance: SLIPWAY_TEST_IMAGE names no image: state one or two, as name:tag, separated by a comma" >&2
  exit 1
else
  scripts/install-dependencies.sh test
  SLIPWAY_TEST_KUBECONFIG="$(realpath "$SLIPWAY_TEST_KUBECONFIG")"
  export SLIPWAY_TEST_KUBECONFIG
  scripts/test.sh ClusterConformanceTests
fi
