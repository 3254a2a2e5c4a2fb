# Instruction sets, for the scripts beside this one, which source it.

# isas_of BUILD_DIR: those that a build has kernels for. Fails when it finds none, as a loop over nothing would pass.
isas_of() {
  sed -n 's/^POOLNORM_ISA_ROW(\(.*\))$/\1/p' "$1/generated/isa_rows.inc" | grep . ||
    { echo "No instruction set in $1/generated/isa_rows.inc: it is written in another way than tests/isas.sh reads" >&2; return 1; }
}

# sanitized_isas: as CMake's list, those that run under sanitizers here; avx512 where the CPU has all of it that kernels use.
sanitized_isas() {
  [[ $(uname -m) == x86_64 ]] || { echo portable; return; }
  local flags part isas="avx512;avx2;sse2;portable"
  flags=" $(sed -n '/^flags/{s/.*: //p;q}' /proc/cpuinfo) "
  for part in avx512f avx512cd avx512dq avx512bw avx512vl; do
    [[ $flags == *" $part "* ]] || isas="avx2;sse2;portable"
  done
  echo "$isas"
}
