#!/usr/bin/env bash
# What a program finds itself in: tests/check_surroundings.sh BUILD_DIR [doctest options]
#   encodings  no VEX or EVEX instruction outside the objects of an ISA
#   OpenMP     OMP_NUM_THREADS=junk
#   locale     Turkish: a decimal comma, an i whose capital is no I
#   processor  x86-64 without AVX, under qemu (much slower: the options choose the tests)
set -euo pipefail
build=$1
shift
tests=$build/tests/poolnorm_tests
failed=0
say() { echo "$1: $2"; [[ $2 != FAILED* ]] || failed=1; }

openmp=('*forked child*' '*number of workers*')
locale=('*every locale*')
processor=('*named ISA*' '*random*' 'max*' 'messages*')
named() { local IFS=,; echo "-tc=$*"; }
# A pattern that fits no name would choose nothing, and pass.
for pattern in "${openmp[@]}" "${locale[@]}" "${processor[@]}"; do
  [[ $("$tests" --count "$(named "$pattern")") == *"filters: "[1-9]* ]] || say "tests named $pattern" "FAILED: there are none"
done

if [[ $(uname -m) == x86_64 ]]; then
  mapfile -t baseline < <(find "$build/CMakeFiles/poolnorm.dir" "$build/CMakeFiles/poolnorm_kernels_sse2.dir" \
    "$build/CMakeFiles/poolnorm_kernels_portable.dir" -name '*.o' 2>/dev/null)
  # AT&T syntax: every VEX and EVEX mnemonic begins with v, but for verr and verw; the k ones have mask registers.
  foreign=$(objdump -d --no-show-raw-insn "${baseline[@]}" | awk '
    /file format/ { file = $1 }
    $2 ~ /^v/ && $2 !~ /^ver[rw]/ || /%[yz]mm|%k[0-7]/ { print file $0 }' | head -n 5)
  [[ -z $foreign ]] && say encodings "${#baseline[@]} baseline objects hold no AVX" || say encodings "FAILED: $foreign"
fi

for threads in junk -3 0 99999999999999999999; do
  if OMP_NUM_THREADS=$threads OMP_THREAD_LIMIT=8 "$tests" -m "$(named "${openmp[@]}")" >/dev/null 2>"$build/surroundings.log"; then
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
  say locale "skipped: localedef has no tr_TR (Debian: locales)"
fi

qemu=$(command -v qemu-x86_64-static || command -v qemu-x86_64 || true)
if [[ $(uname -m) == x86_64 && -n $qemu ]]; then
  export POOLNORM_REQUIRE_ISAS="sse2 portable" POOLNORM_TEST_CASES=${POOLNORM_CROSS_TEST_CASES:-200}
  (($#)) || set -- "$(named "${processor[@]}")"
  if log=$("$qemu" -cpu Westmere "$tests" "$@" 2>&1) && grep -q '^ISAs under test: portable sse2$' <<<"$log"; then
    say "no AVX" "$(grep 'test cases' <<<"$log")"
  else
    say "no AVX" "FAILED: $(tail -n 40 <<<"$log")"
  fi
else
  say "no AVX" "skipped: no qemu-x86_64 (Debian: qemu-user-static)"
fi
exit $failed
