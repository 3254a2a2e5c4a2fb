#!/usr/bin/env bash
# Builds poolnorm inside another project: tests/consumer/add_subdirectory.sh BUILD_DIR
# The smallest poolnorm there is: one ISA, one element type, no OpenMP. The project is compiled with -ffast-math.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$1/consumer/add_subdirectory

cmake -S "$here/add_subdirectory" -B "$build" -G Ninja -DPOOLNORM_SOURCE_DIR="$root" \
  -DPOOLNORM_ISAS=portable -DPOOLNORM_ELEMENT_TYPES=f32 -DPOOLNORM_OPENMP=OFF \
  -DCMAKE_CXX_FLAGS=-ffast-math -DPOOLNORM_INSTALL=ON
cmake --build "$build" -j "$(nproc)"
ctest --test-dir "$build" --output-on-failure --no-tests=error

rm -rf "$build/prefix"
cmake --install "$build/poolnorm" --prefix "$build/prefix"
[[ -f $build/prefix/share/doc/poolnorm/LICENSE ]] || { echo "poolnorm's licence is not in a folder of poolnorm's"; exit 1; }
