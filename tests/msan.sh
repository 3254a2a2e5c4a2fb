#!/usr/bin/env bash
# MemorySanitizer over the C interface: tests/msan.sh BUILD_DIR [CMake options]
# tests/msan/driver.c calls every family on avx2, sse2 and portable, or what POOLNORM_ISAS says. The library is
# instrumented; of the C++ library operator new takes part alone; no suppression.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1
shift
command -v clang++ >/dev/null || { echo "Skipped: no clang++. What to do: install clang."; exit 77; }

isas="portable"
[[ $(uname -m) == x86_64 ]] && isas="avx2;sse2;portable"
cmake -C "$root/cmake/configs/msan.cmake" -S "$root" -B "$build" -G Ninja "-DPOOLNORM_ISAS=$isas" "$@"
cmake --build "$build" -j "$(nproc)" --target poolnorm
flags=(-std=c99 -O1 -g1 -fsanitize=memory -fno-omit-frame-pointer -I "$root/include")
objects=()
for source in "$root"/tests/msan/driver.c "$root"/tests/test_c_*.c; do
  objects+=("$build/$(basename "$source").o")
  clang "${flags[@]}" -c "$source" -o "${objects[-1]}"
done
clang++ -fsanitize=memory "${objects[@]}" "$build/libpoolnorm.a" -o "$build/msan_driver"
"$build/msan_driver" || {
  echo "MemorySanitizer: FAILED. What to do: the report above says what was read; with"
  echo "-fsanitize-memory-track-origins in cmake/configs/msan.cmake it also says where that came from."
  exit 1
}
