#!/usr/bin/env bash
# Validates the recorded manifests of core kinds against Kubernetes' own schemas: types, required and unknown fields, for the oldest
# and the newest version that Slipway is for. The validator (`kubernetes-validate`, which brings the schemas along) is installed into
# .build/manifest-schemas the first time.
# Usage: scripts/validate-manifests.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

versions=(1.29 1.37)
folder=.build/manifest-schemas

if [ ! -e "$folder/complete" ]; then
  if ! command -v python3 >/dev/null || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    echo "manifests: not validated, since Python or its module venv is missing (Debian: python3-venv)"
    exit 0
  fi
  rm -rf "$folder"
  python3 -m venv "$folder"
  if ! "$folder/bin/python" -m pip install --quiet --disable-pip-version-check kubernetes-validate==1.37.0; then
    echo "manifests: not validated, since kubernetes-validate could not be installed"
    exit 0
  fi
  touch "$folder/complete"
fi

# Routes are custom resources, of which the schemas say nothing, and patches are no objects.
manifests=()
for file in Tests/SlipwayKubernetesTests/Snapshots/*.yaml; do
  case $(basename "$file") in
    istio-* | gateway-*) ;;
    *) manifests+=("$file") ;;
  esac
done
if [ ${#manifests[@]} -lt 5 ]; then
  echo "manifests: the recorded manifests were not found" >&2
  exit 1
fi

for version in "${versions[@]}"; do
  # A kind without a schema is only warned of by the validator; here it is a mistake.
  if ! output=$("$folder/bin/python" -m kubernetes_validate --kubernetes-version "$version" --strict "${manifests[@]}" 2>&1) || grep -qi warn <<<"$output"; then
    echo "$output" >&2
    echo "manifests: Kubernetes $version would refuse what is named above" >&2
    exit 1
  fi
done
echo "manifests: ${#manifests[@]} files fit Kubernetes ${versions[*]}"
