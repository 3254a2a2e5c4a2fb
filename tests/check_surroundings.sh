#!/usr/bin/env bash
# What a program finds itself in: tests/check_surroundings.sh BUILD_DIR [doctest options]
#   encodings  no instruction beyond x86-64 itself (SSE2) outside the objects of an ISA
#   OpenMP     OMP_NUM_THREADS=junk
#   locale     Turkish: a decimal comma, an i whose capital is no I
#   processor  x86-64 with nothing but SSE2, under qemu (much slower: the options choose the tests)
# Exit code 77 where qemu or the locale is missing and all else passed; 1 where CI promises them.
set -euo pipefail
build=$1
shift
tests=$build/tests/poolnorm_tests
failed=0
skipped=0
say() {
  echo "$1: $2"
  case $2 in FAILED*) failed=1 ;; skipped*) skipped=1 ;; esac
}

openmp=('*forked child*' '*control bits*')
locale=('*every locale*')
processor=('*named ISA*' '*random*' 'max with indices: NaN*' 'messages*')
named() { local IFS=,; echo "-tc=$*"; }
# A pattern that fits no name would choose nothing, and pass.
for pattern in "${openmp[@]}" "${locale[@]}" "${processor[@]}"; do
  [[ $("$tests" --count "$(named "$pattern")") == *"filters: "[1-9]* ]] || say "tests named $pattern" "FAILED: there are none"
done

if [[ $(uname -m) == x86_64 ]]; then
  mapfile -t baseline < <(find "$build/CMakeFiles/poolnorm.dir" "$build/CMakeFiles/poolnorm_kernels_sse2.dir" \
    "$build/CMakeFiles/poolnorm_kernels_portable.dir" -name '*.o' 2>/dev/null)
  # AT&T syntax. VEX and EVEX: mnemonics that begin with v, but for verr and verw; wide and mask registers; BMI. Then what
  # SSE3 to SSE4.2 and later extensions brought: lzcnt is bsr to a CPU without it, and counts wrong. tzcnt is not among them:
  # compilers write it for bsf on purpose, where its one other result, of 0, is not asked for.
  beyond='^((andn|bextr|bls(i|r|msk)|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx)[lq]?$|v|popcnt|lzcnt|movbe|crc32|ad[co]x|cmpxchg16b'
  beyond+='|addsubp|h(add|sub)p|lddqu|mov(d|sh|sl)dup|fistt|pshufb|ph(add|sub)|pmaddubsw|pmulhrsw|psign|palignr|pabs'
  beyond+='|pmul(ld|dq)|dpp|p?blend|p(max|min)(sb|sd|u[dw])|round|insertps|extractps|p(ins|ext)r[bdq]|pmov[sz]x'
  beyond+='|mpsadbw|phminposuw|ptest|pcmp(eqq|gtq|[ei]str)|packusdw|movntdqa|aes|pclmul|sha(1|256)|extrq|insertq|movnts)'
  foreign=$(objdump -d --no-show-raw-insn "${baseline[@]}" | awk -v beyond="$beyond" '
    /file format/ { file = $1; next }
    $1 !~ /^[0-9a-f]+:$/ { next }
    { ++read }
    ($2 ~ beyond && $2 !~ /^ver[rw]/ || /%[yz]mm|%k[0-7]|pextrw .*\)/) && ++found <= 5 { print file $0 }
    END { if (!read) print "objdump shows no instruction that this script reads" }')
  [[ -z $foreign ]] && say encodings "${#baseline[@]} baseline objects hold x86-64 and SSE2 alone" ||
    say encodings "FAILED: $foreign"
fi

for threads in junk -3 0 99999999999999999999; do
  if OMP_NUM_THREADS=$threads OMP_THREAD_LIMIT=8 "$tests" -m "$(named "${openmp[@]}")" >"$build/surroundings.log" 2>&1; then
    say OMP_NUM_THREADS=$threads passed
  else
    say OMP_NUM_THREADS=$threads FAILED
    cat "$build/surroundings.log"
  fi
done

if localedef -i tr_TR -f UTF-8 "$build/tr_TR.UTF-8" 2>/dev/null || [[ -d $build/tr_TR.UTF-8 ]]; then
  log=$(LOCPATH=$build POOLNORM_REQUIRE_LOCALE=1 "$tests" "$(named "${locale[@]}")" 2>&1) && say locale "tr_TR passed" ||
    say locale "FAILED: $log"
else
  say locale "skipped: localedef has no tr_TR. What to do: install locales"
fi

qemu=$(command -v qemu-x86_64-static || command -v qemu-x86_64 || true)
if [[ $(uname -m) == x86_64 && -n $qemu ]]; then
  cpu=qemu64,-pni,-cx16
  # It must die of what it lacks, or the tests show nothing.
  for instruction in "haddps %xmm0,%xmm0" "pshufb %xmm0,%xmm0" "pmulld %xmm0,%xmm0" "pcmpgtq %xmm0,%xmm0" "popcnt %eax,%eax"; do
    "${CC:-cc}" -x c -o "$build/beyond" - <<<"int main(void) { __asm__(\"$instruction\"); return 0; }"
    code=0
    { (ulimit -c 0; "$qemu" -cpu $cpu "$build/beyond") || code=$?; } 2>/dev/null
    ((code == 128 + 4)) || say "qemu -cpu $cpu" "FAILED: $instruction gives $code, no SIGILL"
  done
  export POOLNORM_REQUIRE_ISAS="sse2 portable" POOLNORM_TEST_CASES=${POOLNORM_CROSS_TEST_CASES:-500}
  (($#)) || set -- "$(named "${processor[@]}")"
  if log=$("$qemu" -cpu $cpu "$tests" "$@" 2>&1) && grep -q '^ISAs under test: portable sse2$' <<<"$log"; then
    say "SSE2 alone" "$(grep 'test cases' <<<"$log")"
  else
    say "SSE2 alone" "FAILED: $(tail -n 40 <<<"$log")"
  fi
elif [[ $(uname -m) == x86_64 ]]; then
  say "SSE2 alone" "skipped: no qemu-x86_64. What to do: cmake/setup.sh cross, or install qemu-user-static"
fi

((!failed)) || exit 1
if ((skipped)); then
  [[ ${CI:-} == true ]] && exit 1
  exit 77
fi
