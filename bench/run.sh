#!/usr/bin/env bash
# Sets up, builds, and runs the benchmark: once per instruction set worth measuring on this machine.
#   bench/run.sh                                all networks, about ten minutes
#   bench/run.sh --smoke                        a few rows, to see that it works
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

busy=$(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null || echo 0)  # before we build

generator=(-G Ninja)
[[ -f $build/CMakeCache.txt ]] && generator=()  # as it was configured first

step "set-up" "see the message above; cmake/setup.sh says what it could not install" \
  bash "$root/cmake/setup.sh" bench >&2
step "configuring" "see CMake's message above; if it is about another compiler or folder, remove $build" \
  cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release \
  -DPOOLNORM_BUILD_TESTS=ON -DPOOLNORM_BUILD_BENCH=ON >&2
step "building" "see the compiler's message above" \
  cmake --build "$build" --target poolnorm_bench -j "$(nproc)" >&2

isas=()
arguments=()
for argument; do
  case $argument in
    --help | --list_isas) exec "$bench" "$argument" ;;
    --isa=*) IFS=, read -r -a isas <<<"${argument#--isa=}" ;;
    *) arguments+=("$argument") ;;
  esac
done
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

failed=()
for isa in "${isas[@]}"; do
  mapfile -d '' -t own < <(for_isa "$isa" ${arguments[@]+"${arguments[@]}"})
  printf '\n== %s ==\n' "$isa"
  "$bench" --isa="$isa" ${own[@]+"${own[@]}"} || failed+=("$isa")
done
if ((${#failed[@]})); then
  echo "bench/run.sh: failed with ${failed[*]}: look for FAILED rows or a message above; --benchmark_filter=NAME" \
    "runs one row alone" >&2
  exit 1
fi
