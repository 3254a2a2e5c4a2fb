#!/usr/bin/env bash
# Two revisions of poolnorm on the same rows, in turn:
#   bench/compare.sh OLD NEW [--pairs=N] [--isa=NAME] [options of poolnorm_bench]
#   bench/compare.sh main HEAD --shapes=cases --threads=1 --benchmark_filter='max.*/nhwc'
#   bench/compare.sh HEAD .                                the last commit and the files as they are
# Prints OLD's time over NEW's on the rows that both have: the median of N pairs (default 5) and the least and
# greatest of them. Shape files named without a path are each revision's own. What was built stays in
# build/compare; exits with 1 where a row failed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/build/compare
fail() { echo "bench/compare.sh: $*" >&2; exit 1; }

(($# >= 2)) || fail "usage: bench/compare.sh OLD NEW [--pairs=N] [options of poolnorm_bench]"
old=$1 new=$2
shift 2
pairs=5 shapes=cases options=()
for argument; do
  case $argument in
    --pairs=*) pairs=${argument#*=} ;;
    --shapes=*) shapes=${argument#*=} ;;
    --benchmark_out=* | --benchmark_format=*) fail "$argument: the figures are collected here" ;;
    *) options+=("$argument") ;;
  esac
done
[[ $pairs =~ ^[1-9][0-9]*$ ]] || fail "--pairs=$pairs is not a positive number"

# The sources of a revision; '.' is the work tree.
sources() {
  local revision=$1 commit
  [[ $revision == . ]] && { echo "$root"; return; }
  commit=$(git -C "$root" rev-parse --verify --quiet "$revision^{commit}") || fail "$revision: no such revision"
  local folder=$work/$commit
  if [[ ! -e $folder/CMakeLists.txt ]]; then
    mkdir -p "$folder"
    git -C "$root" archive "$commit" | tar -x -C "$folder"
  fi
  echo "$folder"
}

build() {
  local folder=$1
  cmake -S "$folder" -B "$folder/build" -DCMAKE_BUILD_TYPE=Release -DPOOLNORM_BUILD_BENCH=ON >&2
  cmake --build "$folder/build" --target poolnorm_bench -j "$(nproc)" >&2
  echo "$folder/build/bench/poolnorm_bench"
}

old_sources=$(sources "$old")
new_sources=$(sources "$new")
old_bench=$(build "$old_sources")
new_bench=$(build "$new_sources")

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
status=0
for ((pair = 1; pair <= pairs; ++pair)); do
  echo "bench/compare.sh: pair $pair of $pairs" >&2
  order=(old new)
  ((pair % 2)) || order=(new old)
  for side in "${order[@]}"; do
    bench=${side}_bench  # it has its own shape files
    "${!bench}" --no_peers --row_time=0.03 --shapes="$shapes" ${options[@]+"${options[@]}"} \
      --benchmark_out="$results/$side.$pair.json" --benchmark_out_format=json >"$results/log" 2>&1 ||
      { status=1; grep -h FAILED "$results/log" >&2 || tail -n 3 "$results/log" >&2; }
  done
done
python3 "$root/bench/report/pairs.py" "$old" "$new" "$results" || status=1
exit $status
