#!/usr/bin/env bash
# Sets up, builds, and runs every test.
#   tests/run.sh                     everything, through ctest
#   tests/run.sh -tc='*max*' ...     the doctest program alone, with these options (--isa=avx2, -ltc, ...)
#   tests/run.sh --long [...]        the same with 20 times the random cases (or POOLNORM_TEST_CASES=N); without
#                                    options, then the sanitizers and an hour of each fuzzer (or POOLNORM_FUZZ_SECONDS=N)
# POOLNORM_REQUIRE_ISAS="avx512 avx2" fails where this CPU or build lacks one of them.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
jobs=$(nproc)

# step WHAT ADVICE COMMAND...
step() {
  local what=$1 advice=$2
  shift 2
  "$@" || { echo "tests/run.sh: $what failed: $advice" >&2; exit 1; }
}

long=no
if [[ ${1:-} == --long ]]; then
  shift
  long=yes
  export POOLNORM_TEST_CASES=${POOLNORM_TEST_CASES:-2000000}
fi

werror=OFF
[[ ${CI:-} == true ]] && werror=ON
generator=(-G Ninja)
[[ -f $build/CMakeCache.txt ]] && generator=()  # as it was configured first

step "set-up" "see the message above; cmake/setup.sh says what it could not install" \
  bash "$root/cmake/setup.sh" tests bench cross
step "configuring" "see CMake's message above; if it is about another compiler or folder, remove $build" \
  cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DPOOLNORM_WERROR=$werror \
  -DPOOLNORM_BUILD_TESTS=ON -DPOOLNORM_BUILD_BENCH=ON
step "building" "see the compiler's message above" cmake --build "$build" -j "$jobs"

if (($#)); then
  exec "$build/tests/poolnorm_tests" "$@"
fi
# ctest says what failed, shows its output, and where the log is; each check says what to do about it.
[[ $long == yes ]] || exec ctest --test-dir "$build" --output-on-failure -j "$jobs"
ctest --test-dir "$build" --output-on-failure -j "$jobs"
unset POOLNORM_TEST_CASES  # some ten times slower
bash "$root/tests/sanitizers.sh" "$build/sanitizers"
bash "$root/tests/fuzz/run.sh" "$build/fuzz-long" "${POOLNORM_FUZZ_SECONDS:-3600}"
