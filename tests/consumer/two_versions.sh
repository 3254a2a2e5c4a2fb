#!/usr/bin/env bash
# A second poolnorm, shared and with a prefix: tests/consumer/two_versions.sh BUILD_DIR [CMake options]
# It is the last build of check_families.sh, of three element types. It exports its interface alone, shares no name with the first one, serves the same program, and can be unloaded.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
first=$1
shift

bash "$root/tests/check_families.sh" "$first/families" --last "$@"
build=$first/families/training_chains

failed=0
complain() {
  [[ -z $2 ]] && return
  failed=1
  echo "$1:"
  c++filt <<<"$2" | head -20
}
library_names='^_ZN?K?(St|9__gnu_cxx)'
names() { nm -P "$@" 2>/dev/null | awk 'NF > 2 && $2 ~ /[A-TV-Zu]/ { print $1 }' | grep -vE "$library_names|^DW\.ref" | sort -u; }
mapfile -t first_objects < <(find "$first/CMakeFiles" -path '*/poolnorm*.dir/lib/*' -name '*.o')
mapfile -t other_objects < <(find "$build/CMakeFiles" -path '*/poolnorm*.dir/lib/*' -name '*.o')
((${#first_objects[@]} > 0 && ${#other_objects[@]} > 0)) || complain "objects" "there are none of one build"
complain "names of both" "$(comm -12 <(names "${first_objects[@]}") <(names "${other_objects[@]}"))"
complain "exported, but no part of the interface" \
  "$(nm -D -P --defined-only "$build"/libother_poolnorm.so | awk '{ print $1 }' | grep -v other_poolnorm || true)"

# The same C program against both, in one program.
cat >"$build/both.c" <<'C'
int first(void);
int other(void);
int main(void) { return first() != 0 || other() != 0; }
C
cc=("${CC:-cc}" -std=c99 -I "$root/include")
"${cc[@]}" -Dmain=first -c "$here/c_program.c" -o "$build/first.o"
"${cc[@]}" -Dmain=other -DPOOLNORM_PREFIX=other_ -DPOOLNORM_SHARED=1 -c "$here/c_program.c" -o "$build/other.o"
"${cc[@]}" -c "$build/both.c" -o "$build/both.o"
"${CXX:-c++}" "$build"/{both,first,other}.o -L "$first" -lpoolnorm -L "$build" -lother_poolnorm -fopenmp \
  -Wl,-rpath,"$first:$build" -o "$build/both"
"$build/both"

# Loaded and unloaded a thousand times.
"${cc[@]}" -Wall -Wextra -DPOOLNORM_PREFIX=other_ -DPOOLNORM_SHARED=1 "$here/reload.c" -o "$build/reload" -ldl
"$build/reload" "$build/libother_poolnorm.so"
exit $failed
