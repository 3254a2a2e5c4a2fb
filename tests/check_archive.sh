#!/usr/bin/env bash
# What the library may ask of its surroundings: tests/check_archive.sh BUILD_DIR
#   calls       only those listed here: no lock, no thread of its own, no output, no exception
#   start-up    no global constructor or destructor, no thread-local variable
#   size        a stripped program grows by less than 1 MB for one pool of f32 on every ISA of the build, in C++ and in C,
#               with at most 300 KiB of kernels an ISA; for a plan, whose operation and type are known when it runs, by 1 MB,
#               125 KiB for each further element type on each ISA, and 72 KiB on each for Lp pooling
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/tests/isas.sh"
build=$1
failed=0
complain() {
  [[ -z $2 ]] && return
  failed=1
  echo "$1:"
  sed 's/^/  /' <<<"$2" | c++filt | head -20
}
archive=$(find "$build" -maxdepth 1 -name 'lib*poolnorm.a')
if [[ -z $archive ]] || grep -q -- '-fsanitize' "$build/CMakeCache.txt"; then
  echo "Skipped: no archive, or one with a sanitiser"
  exit 77
fi

# nm -A -P: "archive[object]: name type [value size]".
may_call='^(mem(cpy|move|set|cmp)|str(cmp|len|ncmp)|v?snprintf|getenv|getpid|sysconf|frexp|sqrt|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_'
may_call+='|_Zn[wa]m(RKSt9nothrow_t)?|_ZSt7nothrow|_Zd[la]Pvm?(RKSt9nothrow_t)?|__gxx_personality_v0|_Unwind_Resume|_ZSt9terminatev'
may_call+='|GOMP_parallel|omp_(in_parallel|get_(num_threads|thread_num|max_threads))|__kmpc_[a-z_0-9]+'
may_call+='|_ZSt8to_charsPcS_dSt12chars_formati|__cpu_(model|features2|indicator_init)|__cxa_begin_catch|__snprintf_chk|__vsnprintf_chk)$'
defined=$(nm -P "$archive" 2>/dev/null | awk 'NF > 2 && $2 != "U" { print $1 }' | sort -u)
called=$(nm -P "$archive" 2>/dev/null | awk 'NF > 1 && $2 ~ /[Uvw]/ { print $1 }' | sort -u)
complain "called, but not on the list" "$(comm -23 <(echo "$called") <(echo "$defined") | grep -vE "$may_call" || true)"
command -v readelf >/dev/null || complain "readelf" "is not there: install binutils"
complain "runs before or after main, or is one a thread" "$(readelf -S -W "$archive" 2>/dev/null |
  awk '/^File:/ { file = $2 } / \.(init_array|fini_array|ctors|dtors|tdata|tbss)/ { print $0 " in " file }')"

program=$(mktemp -d)
trap 'rm -rf "$program"' EXIT
echo 'int main() { return 0; }' >"$program/empty.cpp"
for operation in max min average lp; do
  cat >"$program/$operation.cpp" <<CPP
#include <poolnorm/pool.hpp>
int main(int argc, char**) {
  float x[16] = {}, y[4] = {};
  return argc == 1 && poolnorm::${operation}_pool(x, poolnorm::nchw({1, 1, 4, 4}), y, poolnorm::Window(2)).ok() ? 0 : 1;
}
CPP
done
cat >"$program/c.c" <<'C'
#include <poolnorm/c/pool.h>
int main(void) {
  const float x[16] = {0};
  float y[4];
  const poolnorm_tensor_desc src = poolnorm_nchw(4, (const int64_t[]){1, 1, 4, 4});
  const poolnorm_window window = poolnorm_window_square(2, 2, 0);
  return poolnorm_max_pool_f32(x, &src, y, &window, NULL);
}
C
cat >"$program/plan.cpp" <<'CPP'
#include <poolnorm/pool.hpp>
int main(int argc, char**) {
  poolnorm::PoolDesc desc;
  desc.src = poolnorm::nchw({1, 1, 4, 4});
  desc.window = poolnorm::Window(2);
  return argc == 1 && poolnorm::PoolPlan::make(desc) ? 0 : 1;
}
CPP
flags=(-std=c++17 -O2 -I "$root/include")
grep -q '^POOLNORM_OPENMP:BOOL=ON' "$build/CMakeCache.txt" && flags+=(-fopenmp)
prefix=$(sed -n 's/^POOLNORM_PREFIX:STRING=//p' "$build/CMakeCache.txt")
[[ -n $prefix ]] && flags+=(-DPOOLNORM_PREFIX="$prefix" -Dpoolnorm="${prefix}poolnorm")
isas=($(isas_of "$build"))
further=$(grep -c '' <(grep -v 'f32)$' "$build/generated/pool_rows.inc")) || true
grown() { echo $(($(stat -c %s "$program/$1") - $(stat -c %s "$program/empty"))); }
"${CC:-cc}" -std=c99 -O2 -I "$root/include" ${prefix:+-DPOOLNORM_PREFIX="$prefix"} -c "$program/c.c" -o "$program/c.o"
for name in empty max min average lp c plan; do
  source=$program/$name.cpp
  [[ $name == c ]] && source=$program/c.o
  "${CXX:-c++}" "${flags[@]}" "$source" "$archive" -o "$program/$name"
  cp "$program/$name" "$program/$name.symbols"
  strip "$program/$name"
  "$program/$name"
done
for operation in max min average lp c; do
  bytes=$(grown $operation)
  most=0
  for isa in "${isas[@]}"; do
    text=$(nm -C -S -t d "$program/$operation.symbols" | awk -v isa="poolnorm::$isa::" '
      $3 ~ /[TtWw]/ && index($0, isa) { bytes += $2 } END { print bytes + 0 }')
    ((text > 0)) || complain "no kernels of this instruction set in a program that pools" "$isa"
    most=$((text > most ? text : most))
  done
  echo "one pool ($operation): $((bytes / 1024)) KiB of a stripped program (less than 1 MB), kernels of an ISA $((most / 1024)) KiB at most (300)"
  ((bytes < 1000000 && most <= 300 * 1024)) || complain "above the limit" "$bytes bytes, of it $most of one ISA"
done
limit=$((1024 + 125 * further + 72 * ${#isas[@]}))
bytes=$(grown plan)
echo "a plan: $((bytes / 1024)) KiB of a stripped program (less than $limit)"
((bytes < limit * 1024)) || complain "above the limit" "$bytes bytes"
exit $failed
