#!/usr/bin/env bash
# valgrind's memcheck over the suite: tests/valgrind.sh BUILD_DIR [CMake options]
# On avx2 and sse2 (valgrind has no AVX-512), without OpenMP, hence without suppressions. What no operation has
# written yet is undefined to memcheck (tests/support/undefined.hpp): outputs, workspaces.
# POOLNORM_TEST_CASES as in tests/run.sh, 200 here; POOLNORM_VALGRIND_TESTS chooses tests, as doctest's -tc=.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1
shift
[[ $(uname -m) == x86_64 ]] || { echo "Skipped: no x86-64"; exit 77; }
command -v valgrind >/dev/null || { echo "Skipped: no valgrind. What to do: apt-get install valgrind."; exit 77; }

cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None "-DCMAKE_CXX_FLAGS=-O1 -g1" "-DCMAKE_C_FLAGS=-O1 -g1" \
  -DPOOLNORM_KERNEL_OPT=-O1 "-DPOOLNORM_ISAS=avx2;sse2;portable" -DPOOLNORM_OPENMP=OFF \
  -DPOOLNORM_BUILD_TESTS=ON -DPOOLNORM_BUILD_BENCH=OFF "$@"
cmake --build "$build" -j "$(nproc)" --target poolnorm_tests

export POOLNORM_TEST_CASES=${POOLNORM_TEST_CASES:-200}
# Left out: what maps gigabytes, swaps stacks, counts on malloc of its own or forks (the child lost its threads), and
# what takes an hour at 1/50 speed; and two whose bounds are closer than valgrind's long double, which has 53 bits, can say.
slow='local response norm: bases*,gradient of Lp pooling of other powers: every kind*,*2^3*,*stack*,*system call*,*forked*,*allocat*,*number of workers*,*every alignment*,*shared out*,*control bits*'
failed=0
for isa in avx2 sse2; do
  log=$build/valgrind-$isa.log
  if valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --log-file="$log" "$build/tests/poolnorm_tests" "--isa=$isa" "-tc=${POOLNORM_VALGRIND_TESTS:-*}" "-tce=$slow" \
    >"$build/valgrind-$isa.out" &&
    [[ ! -s $log ]] && grep -qE 'test cases: +[1-9]' "$build/valgrind-$isa.out"; then
    echo "valgrind $isa: no error, no leak"
  else
    failed=1
    head -n 60 "$log"
    tail -n 20 "$build/valgrind-$isa.out"
    echo "valgrind $isa: FAILED, the whole log is $log. What to do: repeat with --track-origins=yes and -tc= of the test."
  fi
done
exit $failed
