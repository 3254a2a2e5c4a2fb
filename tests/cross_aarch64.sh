#!/usr/bin/env bash
# The tests on AArch64: cross-compiled, run under qemu. tests/cross_aarch64.sh BUILD_DIR [--all] [CMake options]
# On neon, whose bits are those of golden/bits.txt; with --all also on portable, the same source as on x86-64, what is of
# bits and random requests. Without --all the test cases below are left out, which take qemu longest, 20 to 30 times
# slower than the machine; random requests have a share of them.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1
shift
long=('*number of workers*' '*several threads*' '*any executor*' '*allocates nothing*' '*no system call*' '*control bits*'
  'a plane of more*' 'large planes*' 'tall and wide*' 'tensors that come from memory*' '*tensors that are shared out*'
  'quantised averages: every stage*' 'averages of integers that lie between*' 'a residual of a chain*' 'chains of f16 and bf16*'
  'chains of f64*' 'Lp pooling: every type*' 'Lp pooling of other powers: *' 'gradient of Lp pooling*'
  'ways back of max pooling: small windows*' 'max with indices: every element type' 'max with indices: rows too many*'
  'indices that no pooling made*' 'backward: strides*' 'chains of s8 and u8*' 'every type? layout? width and window'
  'cascades go on*' 'gradient of average and Lp pooling: small windows*' 'windows that * channels side by side'
  'gradient of local response norm: every*' 'row backward: every*' 'no floating-point exception*'
  'offsets beyond*' 'gradient of average pooling: adaptive*' 'gradient of average pooling: f16*' 'a given dst may end*'
  'run() needs*' 'rows of every narrow*' 'the large cases*')
optimised=(-DCMAKE_BUILD_TYPE=None -DPOOLNORM_KERNEL_OPT=-O2 -DPOOLNORM_TESTS_OPT=-O1)  # a quarter less to compile
if [[ ${1:-} == --all ]]; then
  shift
  long=()
  optimised=(-DCMAKE_BUILD_TYPE=Release -DPOOLNORM_TESTS_OPT=)
fi

for program in aarch64-linux-gnu-g++ qemu-aarch64-static; do
  command -v $program >/dev/null || {
    echo "Skipped: no $program. What to do: cmake/setup.sh cross, or install g++-aarch64-linux-gnu and qemu-user-static."
    [[ ${CI:-} == true ]] && exit 1
    exit 77
  }
done

cmake -S "$root" -B "$build" -G Ninja --toolchain "$root/cmake/toolchains/aarch64-linux-gnu.cmake" \
  "${optimised[@]}" -DPOOLNORM_BUILD_TESTS=ON -DPOOLNORM_BUILD_BENCH=OFF "$@"
cmake --build "$build" -j "$(nproc)"
# Whether the table of lib/simd/README.md can still be made, of kernels optimised as released.
((${#long[@]})) || python3 "$root/bench/hot_loops.py" "$build" -n

export POOLNORM_TEST_CASES=${POOLNORM_CROSS_TEST_CASES:-2000}
export POOLNORM_REQUIRE_ISAS="neon portable"
tests=(qemu-aarch64-static -L /usr/aarch64-linux-gnu "$build/tests/poolnorm_tests")
count() { "${tests[@]}" "$@" --count | sed -n 's/.*: *\([0-9]*\)$/\1/p' | grep -x '[1-9][0-9]*'; }
failed=0
# run ISA|both FILTERS...: a process for every eight test cases, as many at once as processors.
run() {
  local isa=$1 cases logs=$build/cases-$1 i step=8
  shift
  [[ $isa == both ]] || set -- --isa="$isa" "$@"
  cases=$(count "$@") || { echo "$isa: no test case passes $*"; failed=1; return; }
  rm -rf "$logs"
  mkdir -p "$logs"
  seq 1 $step "$cases" | xargs -P "$(nproc)" -I{} sh -c '"$@" --last=$(({} + '$step' - 1)) >"$0" 2>&1' \
    "$logs/{}" "${tests[@]}" "$@" --first={} || failed=1
  for ((i = 1; i <= cases; i += step)); do
    grep -aqx '\[doctest\] Status: SUCCESS!' "$logs/$i" || { failed=1; tail -n 60 "$logs/$i"; echo "The whole log is $logs/$i"; }
  done
  awk -v isa="$isa" -v cases="$cases" '/^\[doctest\] assertions: / { sum += $3 }
    END { print isa ": " cases " test cases, " sum " assertions" }' "$logs"/*
}
join() { local IFS=,; echo "$*"; }
names=$("${tests[@]}" --list-test-cases)
for pattern in "${long[@]}"; do
  # shellcheck disable=SC2053
  while read -r name && [[ $name != $pattern ]]; do :; done <<<"$names"
  [[ $name == $pattern ]] || { echo "No test case is named $pattern"; failed=1; }
done
without=()
((!${#long[@]})) || without=("-tce=$(join "${long[@]}")")
run neon "${without[@]}"
if ((!${#long[@]})); then
  run portable '-tc=*the same bits*,*the bits of*' "${without[@]}"
  # What has no exact reference is compared between the two.
  run both '-tc=*other powers*,*local response*,random*' "${without[@]}"
fi
ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$(nproc)" -E '^isa\.' || failed=1
exit $failed
