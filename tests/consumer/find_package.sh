#!/usr/bin/env bash
# Installs the build and uses it from a project of its own: tests/consumer/find_package.sh BUILD_DIR
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=$1/consumer/prefix
build=$1/consumer/find_package

rm -rf "$prefix"
cmake --install "$1" --prefix "$prefix"
cmake -S "$here/find_package" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -Dpoolnorm_ROOT="$prefix"
cmake --build "$build" -j "$(nproc)"
ctest --test-dir "$build" --output-on-failure
