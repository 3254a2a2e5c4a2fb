#!/usr/bin/env bash
# What a distributor does: tests/consumer/installed_shared.sh BUILD_DIR [CMake options]
# The sources alone, without tests and benchmarks, become a shared library with a prefix, some of the families and
# some of the element types; installed, moved, and used through find_package and pkg-config when the build is gone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$1/consumer/installed_shared
shift

rm -rf "$work"
mkdir -p "$work/source" "$work/user"
tar -C "$root" -c CMakeLists.txt LICENSE cmake include lib | tar -C "$work/source" -x
cmake -S "$work/source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=None -DPOOLNORM_KERNEL_OPT=-O0 \
  -DPOOLNORM_ISAS=portable -DPOOLNORM_OPENMP=ON -DPOOLNORM_SHARED=ON -DPOOLNORM_PREFIX=their_ \
  -DPOOLNORM_FAMILIES=chains "-DPOOLNORM_ELEMENT_TYPES=f32;u8" "$@"
cmake --build "$work/build" -j "$(nproc)"
cmake --install "$work/build" --prefix "$work/first"
cmake -S "$work/source" -B "$work/build" -DCMAKE_INSTALL_LIBDIR=/elsewhere/lib
grep -qx 'libdir=/elsewhere/lib' "$work/build/their_poolnorm.pc" || { echo "the pkg-config file moves an absolute folder"; exit 1; }
mv "$work/first" "$work/prefix"
rm -rf "$work/source" "$work/build"

cat >"$work/user/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.22)
project(user LANGUAGES C CXX)
find_package(poolnorm 0.1 REQUIRED CONFIG)
add_executable(families "$here/families.cpp")
add_executable(c_program "$here/c_program.c")
add_executable(types "$here/some_types.c")
enable_testing()
foreach(program IN ITEMS families c_program types)
  target_link_libraries(\${program} PRIVATE poolnorm::poolnorm)
endforeach()
add_test(NAME families COMMAND families pools,norms,chains)
add_test(NAME c_program COMMAND c_program)
add_test(NAME types COMMAND types)
CMAKE
cmake -S "$work/user" -B "$work/user/build" -G Ninja -Dpoolnorm_ROOT="$work/prefix"
cmake --build "$work/user/build" -j "$(nproc)"
ctest --test-dir "$work/user/build" --output-on-failure --no-tests=error

# OpenMP and C++ are the library's own affair: a project of C alone, without them.
cmake -S "$here/c_only" -B "$work/user/c_only" -G Ninja -Dpoolnorm_ROOT="$work/prefix" -DCMAKE_DISABLE_FIND_PACKAGE_OpenMP=ON
cmake --build "$work/user/c_only"
ctest --test-dir "$work/user/c_only" --output-on-failure --no-tests=error

library=$(find "$work/prefix" -name 'libtheir_poolnorm.so')
[[ $(readelf -d "$library") == *"Library soname: [libtheir_poolnorm.so."* ]] || { echo "$library has no versioned soname"; exit 1; }
if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH
  PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name their_poolnorm.pc)")
  read -ra flags <<<"$(pkg-config --cflags --libs their_poolnorm)"
  for program in c_program some_types; do
    "${CC:-cc}" -std=c99 -pedantic -Wall -Wextra -Werror "$here/$program.c" -o "$work/user/$program" "${flags[@]}"
    LD_LIBRARY_PATH=$(dirname "$library") "$work/user/$program"
  done
fi
