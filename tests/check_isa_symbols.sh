#!/usr/bin/env bash
# The border between ISAs: tests/check_isa_symbols.sh BUILD_DIR [CMake options]
# Reads the symbols of the kernels' objects in BUILD_DIR; with options, builds them there first. Two ISAs that define the
# same name would share whichever function the linker keeps, and a CPU would meet instructions it lacks. So
#   defined    only names that contain poolnorm::<isa> or xsimd_for_<isa> (mangled)
#   undefined  only those, and what the compiler itself calls
#   start-up   no global constructors
# Unoptimised, xsimd leaves functions of std:: out of line. portable, sse2 and neon have the baseline's flags, so whichever
# copy the linker keeps runs everywhere: with -O0 they are not looked at.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/tests/isas.sh"
build=$1
shift

made() { "$@" >>"$build.log" 2>&1 || { cat "$build.log"; echo "The kernels did not build: see above."; exit 1; }; }
if (($#)); then
  : >"$build.log"
  # Build type None: no flags but those of lib/ and POOLNORM_KERNEL_OPT.
  made cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None \
    -DPOOLNORM_BUILD_TESTS=OFF -DPOOLNORM_BUILD_BENCH=OFF "$@"
fi
if grep -qE -- '-fsanitize|--coverage' "$build/CMakeCache.txt"; then
  echo "Skipped: sanitizers and coverage bring names of their own. What to do: read a build without."
  exit 77
fi
prefix=$(sed -n 's/^POOLNORM_PREFIX:STRING=//p' "$build/CMakeCache.txt")
mapfile -t isas < <(isas_of "$build")
if grep -qx 'POOLNORM_KERNEL_OPT:STRING=-O0' "$build/CMakeCache.txt"; then
  mapfile -t isas < <(printf '%s\n' "${isas[@]}" | grep -vxE 'sse2|neon|portable')
  ((${#isas[@]})) || { echo "Skipped: no instruction set beyond the baseline's. Nothing to do."; exit 77; }
fi
((${#isas[@]})) || { echo "No instruction sets in $build"; exit 1; }
if (($#)); then
  made cmake --build "$build" -j "$(nproc)" --target "${isas[@]/#/poolnorm_kernels_}"
fi

tool() { sed -n "s/^CMAKE_$1:FILEPATH=//p" "$build/CMakeCache.txt"; }
nm=$(tool NM)
readelf=$(tool READELF)

# memcpy, memmove and memset; their checked forms and the stack guard where the toolchain hardens.
compiler_calls='^(mem(cpy|move|set)(_chk)?|__mem(cpy|move|set)_chk|__stack_chk_(fail|guard)|_GLOBAL_OFFSET_TABLE_)$'

failed=0
for isa in "${isas[@]}"; do
  mapfile -t objects < <(find "$build/CMakeFiles/poolnorm_kernels_$isa.dir" -name '*.o' | sort)
  ((${#objects[@]})) || { echo "$isa: no objects"; failed=1; continue; }
  outer=${prefix}poolnorm
  namespace=${prefix}xsimd_for_$isa
  own="${#outer}$outer${#isa}$isa|${#namespace}$namespace"

  # nm -A -P: "file: name type [value size]". Lower case is local, but for the weak v, w and the unique u.
  foreign=$("$nm" -A -P "${objects[@]}" | awk -v own="$own" -v calls="$compiler_calls" '
    $2 ~ own { next }
    $3 == "U" || $3 == "w" || $3 == "v" && NF < 4 { if ($2 !~ calls) print "undefined " $2 " in " $1; next }
    $3 ~ /[A-Zuvwi]/ { print "defined " $2 " in " $1 }')
  starters=$("$readelf" -S -W "${objects[@]}" |
    awk '/^File:/ { file = $2 } / \.(init_array|ctors)/ { print "global constructor in " file }')

  if [[ -n $foreign$starters ]]; then
    failed=1
    echo "$isa: names outside poolnorm::$isa and $namespace"
    printf '%s\n%s\n' "$foreign" "$starters" | sed '/^$/d; s/^/  /' | sed "s|$build/||" | c++filt
  else
    echo "$isa: ${#objects[@]} objects, $("$nm" -P "${objects[@]}" | awk '$2 ~ /[A-Zu]/ && $2 != "U"' | wc -l) own names"
  fi
done
if ((failed)); then
  echo "What to do: use no function of std:: or of another namespace in lib/kernels and lib/simd that the"
  echo "compiler may leave out of line; write the expression out, or a function of namespace poolnorm::<isa>."
fi
exit $failed
