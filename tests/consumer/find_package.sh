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
ctest --test-dir "$build" --output-on-failure --no-tests=error

# A project of C alone cannot link the archive, and is told what to do.
if [[ -n $(find "$prefix" -name 'lib*poolnorm.a') ]]; then
  rm -rf "$build/c_only"
  if cmake -S "$here/c_only" -B "$build/c_only" -G Ninja -Dpoolnorm_ROOT="$prefix" >"$build/c_only.log" 2>&1; then
    echo "A project without C++ found an archive"
    exit 1
  fi
  [[ $(tr -s '[:space:]' ' ' <"$build/c_only.log") == *'needs LANGUAGES C CXX'* ]] || { cat "$build/c_only.log"; exit 1; }
fi

# The same C program with nothing but a C compiler and pkg-config.
if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH
  PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name poolnorm.pc)")
  read -ra flags <<<"$(pkg-config --cflags --libs poolnorm)"
  "${CC:-cc}" -std=c99 -pedantic -Wall -Wextra -Werror "$here/c_program.c" -o "$build/c_by_pkg_config" "${flags[@]}"
  LD_LIBRARY_PATH=${PKG_CONFIG_PATH%/pkgconfig} "$build/c_by_pkg_config"
fi
