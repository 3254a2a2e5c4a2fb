#!/usr/bin/env bash
# What the library may cost: tests/check_limits.sh BUILD_DIR
# Machine code per ISA and family; and, for the record, seconds of the slowest source file and of all of them.
set -euo pipefail
build=$1
max_text_kib=300
aim_file_seconds=30
aim_total_seconds=600  # 5 minutes on 2 cores

failed=0
over() { echo "  above the limit: $1"; failed=1; }

# Each family has tables of its own, and a program links those that it uses.
for isa in $(sed -n 's/^POOLNORM_ISA_ROW(\(.*\))$/\1/p' "$build/generated/isa_rows.inc"); do
  for family in pools norms; do
    match=(-name 'pool*.o')
    [[ $family == norms ]] && match=(! "${match[@]}")
    mapfile -t objects < <(find "$build/CMakeFiles/poolnorm_kernels_$isa.dir" -name '*.o' "${match[@]}")
    kib=$(size -A "${objects[@]}" | awk '$1 ~ /^\.text/ { bytes += $2 } END { print int((bytes + 1023) / 1024) }')
    functions=$(nm -P "${objects[@]}" | awk '$2 ~ /[TtWw]/ && NF > 3' | wc -l)
    echo "$isa $family: $kib KiB of machine code in $functions functions (at most $max_text_kib KiB)"
    ((kib <= max_text_kib)) || over "merge instantiations, or make a constant a parameter"
  done
done

# Ninja's log: start and end in milliseconds, time, output, hash; the last line of an output counts.
# Printed, not judged: a busy machine must not fail a build.
if [[ -f $build/.ninja_log ]]; then
  read -r total slowest file < <(awk '
    $4 ~ /CMakeFiles\/poolnorm(_kernels_[a-z0-9]+)?\.dir\/lib\/.*\.o$/ { time[$4] = $2 - $1 }
    END {
      for (o in time) { total += time[o]; if (time[o] > slowest) { slowest = time[o]; file = o } }
      printf "%d %d %s\n", total / 1000, slowest / 1000, file
    }' "$build/.ninja_log")
  echo "compile time: $total s on one core (aim: $aim_total_seconds), of it $slowest s for ${file#CMakeFiles/} (aim: $aim_file_seconds)"
fi
exit $failed
