#!/usr/bin/env bash
# Sets up, builds, and runs every test.
#   tests/run.sh                     everything, through ctest
#   tests/run.sh -tc='*max*' ...     the doctest program alone, with these options (--isa=avx2, -ltc, ...)
#   tests/run.sh --long [...]        the same with 20 times the random cases (or POOLNORM_TEST_CASES=N); without
#                                    options, then sanitizers, MemorySanitizer, valgrind, coverage, mutants, all compilers' bits, and an
#                                    hour of each fuzzer with sanitizers and one without (or POOLNORM_FUZZ_SECONDS=N)
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
step "set-up" "see the message above" bash "$root/cmake/setup.sh" long
seconds=${POOLNORM_FUZZ_SECONDS:-3600}
failed=()
# long NAME COMMAND...: goes on after a failure. 77: this machine cannot, and the script has said so.
long() {
  local name=$1 code=0 begin=$SECONDS
  shift
  echo "== $name"
  "$@" || code=$?
  ((code == 0 || code == 77)) || failed+=("$name")
  echo "== $name: exit code $code after $((SECONDS - begin)) s"
}
long sanitizers bash "$root/tests/sanitizers.sh" "$build/sanitizers"
long msan bash "$root/tests/msan.sh" "$build/msan"
long valgrind bash "$root/tests/valgrind.sh" "$build/valgrind"
long coverage bash "$root/tests/coverage.sh" "$build/coverage"
long mutants python3 "$root/tests/mutate.py" "$build/mutants"
long "golden matrix" bash "$root/tests/golden_matrix.sh" "$build/golden-matrix"
long "fuzzers, sanitized" bash "$root/tests/fuzz/run.sh" "$build/fuzz-long" "$seconds"
long "fuzzers, fast" bash "$root/tests/fuzz/run.sh" "$build/fuzz-fast" "$seconds" -DPOOLNORM_FUZZ_SANITIZE=
((${#failed[@]} == 0)) || { echo "tests/run.sh: failed: ${failed[*]}; each says above what to do" >&2; exit 1; }
