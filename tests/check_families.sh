#!/usr/bin/env bash
# Each family of operations without those it does not need: tests/check_families.sh BUILD_DIR [--last] [CMake options]
# Builds it as a shared library that may lack nothing, for one element type of each kind, and runs the tests of families
# alone: the last one needs all the others, whose tests would run this one again. It has all of the library, with the prefix
# other_, for consumer/two_versions.sh; --last: this one alone.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p "$1"
build=$(cd "$1" && pwd)
shift

families=$(sed -n 's/^poolnorm_family(\([a-z_]*\).*/\1/p' "$root/cmake/families.cmake")
[[ -n $families ]] || { echo "No family in cmake/families.cmake: it is written in another way than this script reads"; exit 1; }
if [[ ${1:-} == --last ]]; then
  shift
  families=${families##*$'\n'}
fi
# Most sources are those of a family before.
launcher=()
if command -v ccache >/dev/null; then
  launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  export CCACHE_DIR=$build/ccache CCACHE_NODIRECT=1  # beyond -D, the same source
fi
for family in $families; do
  cmake -S "$root" -B "$build/$family" -G Ninja -DCMAKE_BUILD_TYPE=None -DPOOLNORM_KERNEL_OPT=-O0 \
    -DPOOLNORM_FAMILIES="$family" -DPOOLNORM_ISAS=portable -DPOOLNORM_OPENMP=OFF "-DPOOLNORM_ELEMENT_TYPES=f32;f64;u8" \
    -DPOOLNORM_SHARED=ON -DPOOLNORM_PREFIX=other_ -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DCMAKE_SHARED_LINKER_FLAGS=-Wl,--no-undefined \
    "${launcher[@]}" "$@"
  cmake --build "$build/$family" -j "$(nproc)" --target poolnorm_families
  ctest --test-dir "$build/$family" --output-on-failure --no-tests=error -R '^families($|[.]without)'
done
