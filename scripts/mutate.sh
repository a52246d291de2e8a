#!/usr/bin/env bash
# Breaks the engine on purpose, in one way after another, and sees whether the simulation finds it within what CI runs.
# Usage: scripts/mutate.sh                  all of scripts/mutations
#        scripts/mutate.sh NAME…            these, as `no-drain`
#        ROLLOUTS=20000 SEED=1 are the campaign's size and seed
# It works on a copy of what is committed, in .build-mutants. Each way is a patch; what stands above the patch says what it breaks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rollouts=${ROLLOUTS:-20000}
seed=${SEED:-1}
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for patch in scripts/mutations/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi

copy=$PWD/.build-mutants/copy
build=$PWD/.build-mutants/build
mkdir -p .build-mutants
if [ -d "$copy" ]; then
  git -C "$copy" checkout -q -f . && git -C "$copy" fetch -q origin && git -C "$copy" checkout -q -f FETCH_HEAD
else
  git clone -q . "$copy"
fi
git -C "$copy" checkout -q -f "$(git rev-parse HEAD)"

static=()
if [ "$(uname -s)" = Linux ]; then static=(--static-swift-stdlib); fi
# campaign LOG: builds what the copy holds and runs it; its status is that of the campaign, or 99 when it can't be built.
campaign() {
  (cd "$copy" && swift build -q -c release ${static[@]+"${static[@]}"} --scratch-path "$build" --product simulation-campaign) >"$1" 2>&1 || return 99
  "$build/release/simulation-campaign" --rollouts "$rollouts" --seed "$seed" >"$1" 2>&1
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "without a mutation: building, then $rollouts rollouts with seed $seed"
if ! campaign "$log"; then
  tail -n 40 "$log"
  echo "error: the campaign fails without any mutation" >&2
  exit 1
fi

missed=()
for name in "${names[@]}"; do
  patch=$PWD/scripts/mutations/$name.patch
  git -C "$copy" checkout -q -f .
  if ! git -C "$copy" apply "$patch"; then
    echo "error: $patch no longer applies; write it anew" >&2
    exit 1
  fi
  status=0
  campaign "$log" || status=$?
  case $status in
    0)
      echo "MISSED  $name"
      missed+=("$name")
      ;;
    1) echo "found   $name: $(grep -m 1 -E '^(round|missing|broken)' "$log" || tail -n 1 "$log")" ;;
    *)
      tail -n 20 "$log"
      echo "error: $name: the campaign could not be built or ended with status $status" >&2
      exit 1
      ;;
  esac
done
git -C "$copy" checkout -q -f .

echo "${#names[@]} mutations, ${#missed[@]} missed"
[ ${#missed[@]} -eq 0 ]
