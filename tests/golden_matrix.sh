#!/usr/bin/env bash
# The same bits from every compiler, optimisation and xsimd: tests/golden_matrix.sh BUILD_DIR [ROW...]
# A row is COMPILER-OPTIMISATION[-XSIMD]: gcc-O2, clang-O3-14.3.0; without the last, the machine's xsimd. All rows when
# none is named. One program of tests runs against each row's library: on every ISA of this machine, with 1 to 61
# threads, reversed, uneven and oversubscribed executors, offsets 0 to 15, against golden/bits.txt.
# A test case belongs to the matrix when its name contains "the same bits", "the bits of", "executor" or "shared out", or begins
# with "random": requests of every type and operation against the reference, POOLNORM_TEST_CASES as in tests/run.sh, 2000 here.
# POOLNORM_MATRIX_OPTIONS: further CMake options of the rows.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1
shift
tests='*the same bits*,*the bits of*,*executor*,*shared out*,random*'
export POOLNORM_TEST_CASES=${POOLNORM_TEST_CASES:-2000}
newest_xsimd=14.3.0

if ((!$#)); then
  for compiler in gcc clang; do
    for opt in O1 O2 O3; do set -- "$@" "$compiler-$opt" "$compiler-$opt-$newest_xsimd"; done
  done
fi
read -ra options <<<"${POOLNORM_MATRIX_OPTIONS:-}"

# configure DIR OPTIONS...: a shared library, found through LD_LIBRARY_PATH alone.
configure() {
  local dir=$1
  shift
  cmake -S "$root" -B "$dir" -G Ninja -DPOOLNORM_SHARED=ON -DCMAKE_SKIP_BUILD_RPATH=ON -DPOOLNORM_BUILD_BENCH=OFF \
    "${options[@]}" "$@"
}
quietly() { "$@" >"$build/log" 2>&1 || { tail -n 40 "$build/log"; return 1; }; }

mkdir -p "$build"
echo "building the tests"
quietly configure "$build/tests" -DCMAKE_BUILD_TYPE=None "-DCMAKE_CXX_FLAGS=-O1" "-DCMAKE_C_FLAGS=-O1" \
  -DPOOLNORM_KERNEL_OPT=-O1 -DPOOLNORM_ISAS=portable -DPOOLNORM_BUILD_TESTS=ON
quietly cmake --build "$build/tests" -j "$(nproc)" --target poolnorm_tests

failed=0
fail() { failed=1; echo "$1: FAILED: $2"; }
for row; do
  IFS=- read -r compiler opt xsimd <<<"$row"
  dir=$build/$row
  case $compiler in
    gcc) cc=gcc cxx=g++ ;;
    clang) cc=clang cxx=clang++ ;;
    *) fail "$row" "no such compiler; there are gcc and clang"; continue ;;
  esac
  command -v $cxx >/dev/null || { fail "$row" "no $cxx. What to do: install it"; continue; }
  quietly configure "$dir" -DCMAKE_C_COMPILER=$cc -DCMAKE_CXX_COMPILER=$cxx -DCMAKE_BUILD_TYPE=None \
    "-DCMAKE_CXX_FLAGS=-$opt -DNDEBUG" "-DPOOLNORM_KERNEL_OPT=-$opt" "-DPOOLNORM_XSIMD_VERSION=$xsimd" \
    -DPOOLNORM_BUILD_TESTS=OFF || { fail "$row" "CMake, see above. xsimd is fetched with git"; continue; }
  quietly cmake --build "$dir" -j "$(nproc)" --target poolnorm || { fail "$row" "the compiler, see above"; continue; }
  [[ $(LD_LIBRARY_PATH=$dir ldd "$build/tests/tests/poolnorm_tests") == *"=> $dir/libpoolnorm."* ]] ||
    { fail "$row" "the tests do not find this library"; continue; }
  log=$dir/tests.log
  if LD_LIBRARY_PATH=$dir "$build/tests/tests/poolnorm_tests" "-tc=$tests" >"$log" 2>&1; then
    checks=$(sed -n 's/^\[doctest\] assertions: *\([0-9]*\).*/\1/p' "$log")
    runs=$(awk '/ runs compared$/ { runs += $(NF - 2) } END { print runs + 0 }' "$log")
    echo "$row: $(sed -n 's/^ISAs under test: //p' "$log"): $checks checks, $runs random runs compared"
    ((checks > 0 && runs > 0)) || fail "$row" "nothing was compared, see $log"
  else
    tail -n 40 "$log"
    fail "$row" "other bits, see $log. What to do: find the operation that this compiler rounds in another way"
    echo "  (a contraction, a reassociation, a call of libm); a new sum in golden/bits.txt needs a stated reason."
  fi
done
exit $failed
