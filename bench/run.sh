#!/usr/bin/env bash
# Sets up, builds, and runs the benchmark: once per instruction set worth measuring on this machine.
#   bench/run.sh                                all networks, about ten minutes
#   bench/run.sh --smoke                        a few rows, to see that it works
#   bench/run.sh --compare                      every peer, and a report as a page: build/report/report.html
#   bench/run.sh --isa=avx2 --shapes=resnet50 --benchmark_filter='max.*/n1/' --benchmark_out=result.json
# Options are poolnorm_bench's (--help lists them) and Google Benchmark's. Each instruction set has its
# own process, since peers can be capped only once; with several, result.json becomes result.avx2.json.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
bench=$build/bench/poolnorm_bench

# step WHAT ADVICE COMMAND...
step() {
  local what=$1 advice=$2
  shift 2
  "$@" || { echo "bench/run.sh: $what failed: $advice" >&2; exit 1; }
}

isas=()
arguments=()
compare=no
for argument; do
  case $argument in
    --help | --list_isas) only=$argument ;;
    --compare) compare=yes ;;
    --isa=*) IFS=, read -r -a isas <<<"${argument#--isa=}" ;;
    *) arguments+=("$argument") ;;
  esac
done
report=$build/report
components=(bench)
if [[ $compare == yes ]]; then
  components+=(report)
  mkdir -p "$report"
  # What is given after these overrules them.
  arguments=(--shapes=cases,neighbours --caches=hot,cold --row_time=0.05 --roofline "--benchmark_out=$report/result.json"
    ${arguments[@]+"${arguments[@]}"})
  exec 3>&1 >&2
fi

busy=$(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null || echo 0)  # before we build

generator=(-G Ninja)
[[ -f $build/CMakeCache.txt ]] && generator=()  # as it was configured first

step "set-up" "see the message above; cmake/setup.sh says what it could not install" \
  bash "$root/cmake/setup.sh" "${components[@]}" >&2
step "configuring" "see CMake's message above; if it is about another compiler or folder, remove $build" \
  cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release \
  -DPOOLNORM_BUILD_TESTS=ON -DPOOLNORM_BUILD_BENCH=ON >&2
step "building" "see the compiler's message above" \
  cmake --build "$build" --target poolnorm_bench -j "$(nproc)" >&2

[[ -z ${only-} ]] || exec "$bench" "$only"
if ((${#isas[@]} == 0)); then
  mapfile -t isas < <("$bench" --list_isas)
fi

# Names the file of each instruction set, where there are several.
for_isa() {
  local isa=$1 argument
  shift
  for argument; do
    case $argument in
      --benchmark_out=*.*) ((${#isas[@]} == 1)) || argument="${argument%.*}.$isa.${argument##*.}" ;;
      --benchmark_out=*) ((${#isas[@]} == 1)) || argument="$argument.$isa" ;;
    esac
    printf '%s\0' "$argument"
  done
}

[[ ${busy%.*} -eq 0 ]] ||
  echo "bench/run.sh: this machine was busy (load $busy); the figures may be worth little" >&2

if [[ $compare == yes ]]; then
  for python in python3 /usr/bin/python3; do  # the one that has the plotting library
    "$python" -c 'import matplotlib' 2>/dev/null && break
  done
fi

# A process that dies leaves half of a file.
is_json() { "$python" -c 'import json, sys; json.load(open(sys.argv[1]))' "$1" 2>/dev/null; }

failed=()
files=()
for isa in "${isas[@]}"; do
  mapfile -d '' -t own < <(for_isa "$isa" ${arguments[@]+"${arguments[@]}"})
  out=
  for argument in ${own[@]+"${own[@]}"}; do
    [[ $argument == --benchmark_out=* ]] && out=${argument#*=}
  done
  [[ ! -f $out ]] || rm "$out"  # the last run's
  printf '\n== %s ==\n' "$isa"
  "$bench" --isa="$isa" ${own[@]+"${own[@]}"} || failed+=("$isa")
  [[ $compare == yes ]] && is_json "$out" && files+=("$out")
done

if [[ $compare == yes ]]; then
  ((${#files[@]})) || { echo "bench/run.sh: no instruction set has whole results to report" >&2; exit 1; }
  step "the report" "see the message above; it needs python3-matplotlib" \
    "$python" "$root/bench/report/report.py" "${files[@]}" >&3
fi

if ((${#failed[@]})); then
  echo "bench/run.sh: failed with ${failed[*]}: look for FAILED rows or a message above; --benchmark_filter=NAME" \
    "runs one row alone" >&2
  exit 1
fi
