#!/usr/bin/env bash
# The suite under sanitizers, with Clang: tests/sanitizers.sh BUILD_DIR [asan] [tsan]
#   asan  AddressSanitizer (leaks, too) and all of UndefinedBehaviorSanitizer
#   tsan  ThreadSanitizer, the thread pools of the tests as executors
# On every instruction set the CPU has (avx512, one more of four, is some third more time). No suppressions.
# POOLNORM_TEST_CASES as in tests/run.sh, 5000 here.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1
shift
(($#)) || set -- asan tsan
command -v clang++ >/dev/null || { echo "Skipped: no clang++. What to do: install clang."; exit 77; }

source "$root/tests/isas.sh"
isas=$(isas_of_cpu)
export POOLNORM_TEST_CASES=${POOLNORM_TEST_CASES:-5000}
export ASAN_OPTIONS=allocator_may_return_null=1 TSAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1

quietly() { "$@" >>"$log" 2>&1 || { tail -n 60 "$log"; echo "$sanitizer: did not build, the whole log is $log"; exit 1; }; }
failed=0
for sanitizer; do
  mkdir -p "$build"
  log=$build/$sanitizer-build.log
  : >"$log"
  quietly cmake -C "$root/cmake/configs/$sanitizer.cmake" -S "$root" -B "$build/$sanitizer" -G Ninja \
    -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ "-DPOOLNORM_ISAS=${isas// /;}" -DPOOLNORM_OPENMP=OFF \
    -DPOOLNORM_BUILD_TESTS=ON -DPOOLNORM_BUILD_BENCH=OFF
  quietly cmake --build "$build/$sanitizer" -j "$(nproc)" --target poolnorm_tests
  log=$build/$sanitizer.log
  if "$build/$sanitizer/tests/poolnorm_tests" >"$log" 2>&1; then
    echo "$sanitizer: no finding; $(grep -a '^\[doctest\] test cases' "$log"), $(grep -a '^ISAs' "$log")"
  else
    failed=1
    grep -a -m 1 -A 40 -E 'ERROR: |WARNING: ThreadSanitizer|runtime error|FATAL' "$log" || tail -n 60 "$log"
    echo "$sanitizer: FAILED, the whole log is $log. What to do: repeat that test with -tc= of"
    echo "$build/$sanitizer/tests/poolnorm_tests; the first report is the one that counts."
  fi
done
exit $failed
