#!/usr/bin/env bash
# The suite under sanitizers, with Clang: tests/sanitizers.sh BUILD_DIR [asan] [tsan]
#   asan  AddressSanitizer (leaks, too) and all of UndefinedBehaviorSanitizer
#   tsan  ThreadSanitizer, the thread pools of the tests as executors
# No suppressions. POOLNORM_TEST_CASES as in tests/run.sh, 5000 here.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1
shift
(($#)) || set -- asan tsan
command -v clang++ >/dev/null || { echo "Skipped: no clang++. What to do: install clang."; exit 77; }

isas="portable"
[[ $(uname -m) == x86_64 ]] && isas="avx2;sse2;portable"
export POOLNORM_TEST_CASES=${POOLNORM_TEST_CASES:-5000}
export ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1

for sanitizer; do
  cmake -C "$root/cmake/configs/$sanitizer.cmake" -S "$root" -B "$build/$sanitizer" -G Ninja \
    -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ "-DPOOLNORM_ISAS=$isas" -DPOOLNORM_OPENMP=OFF \
    -DPOOLNORM_BUILD_TESTS=ON -DPOOLNORM_BUILD_BENCH=OFF
  cmake --build "$build/$sanitizer" -j "$(nproc)" --target poolnorm_tests
  "$build/$sanitizer/tests/poolnorm_tests"
done
