# For the scripts beside this one, which source it.

# isas_of BUILD_DIR: those that a build has kernels for. Fails when it finds none, as a loop over nothing would pass.
isas_of() {
  sed -n 's/^POOLNORM_ISA_ROW(\(.*\))$/\1/p' "$1/generated/isa_rows.inc" | grep . ||
    { echo "No instruction set in $1/generated/isa_rows.inc: it is written in another way than tests/isas.sh reads" >&2; return 1; }
}
