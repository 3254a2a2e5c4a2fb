#!/usr/bin/env bash
# What the library may cost: tests/check_limits.sh BUILD_DIR
# Machine code per ISA and family; and, for the record, seconds of the slowest source file and of all of them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/isas.sh"
build=$1
max_text_kib=300
max_pools_kib=400  # f32's, which have loops of their own for the windows of networks in either layout, and few channels
max_type_kib=125  # of each element type of pools but f32
aim_file_seconds=30
aim_total_seconds=600  # 5 minutes on 2 cores

isas=$(isas_of "$build")
failed=0
over() { echo "  above the limit: $1"; failed=1; }

# Each family has tables of its own, and a program links those that it uses.
for isa in $isas; do
  for family in pools Lp "other element types" indices "ways back" norms "norms of other element types" statistics gradients; do
    others=(-name 'pool_f16*.o' -o -name 'pool_bf16*.o' -o -name 'pool_f64*.o' -o -name 'pool_[su]8*.o')
    other_norms=(-name 'norm_f16*.o' -o -name 'norm_bf16*.o' -o -name 'norm_f64*.o' -o -name 'norm_[su]8*.o' -o -name 'norm_bytes*.o')
    indices=(-name max_indices.cpp.o -o -name 'index_*.o' -o -name 'spread*.o')
    back=(-name 'collect_*.o')
    gradients=(-name 'gradient_*.o' -o -name response_gradient.cpp.o)
    statistics=(-name 'moments_*.o' -o -name 'training_*.o')
    case $family in
      pools) match=(-name 'pool*.o' ! -name 'pool_lp*.o' ! '(' "${others[@]}" ')') ;;
      Lp) match=(-name 'pool_lp*.o' -o -name power.cpp.o) ;;
      indices) match=("${indices[@]}") ;;
      "ways back") match=("${back[@]}") ;;
      norms) match=(-name '*.o' ! '(' -name 'pool*.o' -o -name power.cpp.o -o "${indices[@]}" -o "${back[@]}" -o "${other_norms[@]}" -o "${statistics[@]}" -o "${gradients[@]}" ')') ;;
      "norms of"*) match=("${other_norms[@]}") ;;
      statistics) match=('(' "${statistics[@]}" ')') ;;
      gradients) match=("${gradients[@]}") ;;
      *) match=("${others[@]}") ;;
    esac
    limit=$max_text_kib
    [[ $family == pools ]] && limit=$max_pools_kib
    [[ $family == other* ]] && limit=$((5 * max_type_kib))
    mapfile -t objects < <(find "$build/CMakeFiles/poolnorm_kernels_$isa.dir" '(' "${match[@]}" ')')
    # What several objects have the linker keeps once.
    kib=$(nm -P -t d "${objects[@]}" | awk '
      $2 ~ /[TtWw]/ && NF > 3 { if ($2 ~ /[Tt]/ || !($1 in seen)) bytes += $4; seen[$1] = 1 }
      END { print int((bytes + 1023) / 1024) }')
    functions=$(nm -P "${objects[@]}" | awk '$2 ~ /[TtWw]/ && NF > 3' | wc -l)
    echo "$isa $family: $kib KiB of machine code in $functions functions (at most $limit KiB)"
    ((kib <= limit)) || over "merge instantiations, or make a constant a parameter"
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
