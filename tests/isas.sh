# For the scripts beside this one and .ci/run, which source it.

# isas_of_cpu: the instruction sets that Linux says this CPU has, of x86-64; elsewhere portable alone.
isas_of_cpu() {
  local flags isas=portable
  cpu_has() { for flag; do [[ $flags == *" $flag "* ]] || return 1; done; }
  if [[ $(uname -m) == x86_64 ]]; then
    flags=" $(sed -n '/^flags/{s/.*: //p;q}' /proc/cpuinfo) "
    isas="sse2 portable"
    if cpu_has avx2 f16c; then isas="avx2 $isas"; fi
    if cpu_has avx512f avx512cd avx512dq avx512bw avx512vl; then isas="avx512 $isas"; fi
  fi
  echo "$isas"
}

# isas_of BUILD_DIR: those that a build has kernels for. Fails when it finds none, as a loop over nothing would pass.
isas_of() {
  sed -n 's/^POOLNORM_ISA_ROW(\(.*\))$/\1/p' "$1/generated/isa_rows.inc" | grep . ||
    { echo "No instruction set in $1/generated/isa_rows.inc: it is written in another way than tests/isas.sh reads" >&2; return 1; }
}
