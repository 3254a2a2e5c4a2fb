#!/usr/bin/env bash
# The tests on AArch64: cross-compiled, run under qemu. tests/cross_aarch64.sh BUILD_DIR [CMake options]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1
shift

for program in aarch64-linux-gnu-g++ qemu-aarch64-static; do
  command -v $program >/dev/null || {
    echo "Skipped: no $program. What to do: cmake/setup.sh cross, or install g++-aarch64-linux-gnu and qemu-user-static."
    [[ ${CI:-} == true ]] && exit 1
    exit 77
  }
done

cmake -S "$root" -B "$build" -G Ninja --toolchain "$root/cmake/toolchains/aarch64-linux-gnu.cmake" \
  -DCMAKE_BUILD_TYPE=Release -DPOOLNORM_BUILD_TESTS=ON -DPOOLNORM_BUILD_BENCH=OFF "$@"
cmake --build "$build" -j "$(nproc)"
python3 "$root/bench/hot_loops.py" "$build" -n  # whether the table of lib/simd/README.md can still be made

# qemu is some 20 times slower than the machine; shapes and boundaries are all there, random cases fewer. One process
# takes both ISAs, as what they are compared with is the same; as many processes as processors take the cases in turn.
export POOLNORM_TEST_CASES=${POOLNORM_CROSS_TEST_CASES:-2000}
export POOLNORM_REQUIRE_ISAS="neon portable"
tests=(qemu-aarch64-static -L /usr/aarch64-linux-gnu "$build/tests/poolnorm_tests")
parts=$(nproc)
count=$("${tests[@]}" --count | sed -n 's/.*: *\([0-9]*\)$/\1/p')
[[ $count =~ ^[1-9][0-9]*$ ]] || { echo "How many test cases there are is not what --count says: $count"; exit 1; }
size=$(((count + parts - 1) / parts))
running=()
for ((part = 0; part < parts; ++part)); do
  "${tests[@]}" --first=$((part * size + 1)) --last=$(((part + 1) * size)) >"$build/part-$part.log" 2>&1 &
  running+=($!)
done
failed=0
for part in "${!running[@]}"; do
  wait "${running[part]}" || { failed=1; tail -n 60 "$build/part-$part.log"; }
  sed -n 's/^\[doctest\] assertions: */part '"$part"': /p' "$build/part-$part.log"
done
ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$parts" -E '^isa\.' || failed=1
exit $failed
