#!/usr/bin/env bash
# Sets up, builds, and runs every test.
#   tests/run.sh                     everything, through ctest
#   tests/run.sh -tc='*max*' ...     the doctest program alone, with these options (--isa=avx2, -ltc, ...)
#   tests/run.sh --long [...]        the same with 20 times the random cases (or POOLNORM_TEST_CASES=N); without
#                                    options also all tests on AArch64 and on SSE2 alone, mutants, sanitizers, MemorySanitizer, valgrind,
#                                    coverage, all compilers' bits, and an hour of each fuzzer with sanitizers and one without (or POOLNORM_FUZZ_SECONDS=N),
#                                    as many at once as processors (or POOLNORM_LONG_JOBS=N), logs in build/long.
#                                    POOLNORM_LONG_STEPS="asan valgrind": these steps alone; their names stand below
# POOLNORM_REQUIRE_ISAS="avx512 avx2" fails where this CPU or build lacks one of them.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
jobs=$(nproc)

# step WHAT ADVICE COMMAND...
step() {
  local what=$1 advice=$2
  shift 2
  "$@" || { echo "tests/run.sh: $what failed: $advice" >&2; exit 1; }
}

long=no
if [[ ${1:-} == --long ]]; then
  shift
  long=yes
  cases=${POOLNORM_TEST_CASES:-2000000}  # of the suite; the other steps are some ten times slower
  unset POOLNORM_TEST_CASES
fi

werror=OFF
[[ ${CI:-} == true ]] && werror=ON
generator=(-G Ninja)
[[ -f $build/CMakeCache.txt ]] && generator=()  # as it was configured first

build_suite() {
  step "set-up" "see the message above; cmake/setup.sh says what it could not install" \
    bash "$root/cmake/setup.sh" tests bench cross fuzz
  step "configuring" "see CMake's message above; if it is about another compiler or folder, remove $build" \
    cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DPOOLNORM_WERROR=$werror \
    -DPOOLNORM_BUILD_TESTS=ON -DPOOLNORM_BUILD_BENCH=ON
  step "building" "see the compiler's message above" cmake --build "$build" -j "$jobs"
}

if (($#)); then
  build_suite
  [[ $long == no ]] || export POOLNORM_TEST_CASES=$cases
  exec "$build/tests/poolnorm_tests" "$@"
fi
# ctest says what failed, shows its output, and where the log is; each check says what to do about it.
if [[ $long == no ]]; then
  build_suite
  exec ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$jobs"
fi

all_steps="mutants suite aarch64 sse2-alone valgrind golden-matrix coverage asan tsan fuzz-sanitized fuzz-fast msan"  # long ones first
read -ra steps <<<"${POOLNORM_LONG_STEPS:-$all_steps}"
for name in "${steps[@]}"; do
  [[ " $all_steps " == *" $name "* ]] || { echo "tests/run.sh: no step $name; there are: $all_steps" >&2; exit 2; }
done
step "set-up" "see the message above" bash "$root/cmake/setup.sh" tests bench cross fuzz long
seconds=${POOLNORM_FUZZ_SECONDS:-3600}
suite() {
  build_suite
  POOLNORM_TEST_CASES=$cases ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$jobs"
}
run_step() {
  # The other steps build fewer instruction sets.
  [[ $1 == suite || $1 == golden-matrix ]] || unset POOLNORM_REQUIRE_ISAS
  case $1 in
    suite) suite ;;
    asan | tsan) bash "$root/tests/sanitizers.sh" "$build/sanitizers" "$1" ;;
    msan) bash "$root/tests/msan.sh" "$build/msan" ;;
    valgrind) bash "$root/tests/valgrind.sh" "$build/valgrind" ;;
    coverage) bash "$root/tests/coverage.sh" "$build/coverage" ;;
    mutants) python3 "$root/tests/mutate.py" "$build/mutants" ;;
    aarch64) bash "$root/tests/cross_aarch64.sh" "$build/aarch64-all" --all ;;
    sse2-alone)
      build=$build/sse2-alone
      build_suite
      bash "$root/tests/check_surroundings.sh" "$build" '-tc=*'
      ;;
    golden-matrix) bash "$root/tests/golden_matrix.sh" "$build/golden-matrix" ;;
    fuzz-sanitized) bash "$root/tests/fuzz/run.sh" "$build/fuzz-long" "$seconds" ;;
    fuzz-fast) bash "$root/tests/fuzz/run.sh" "$build/fuzz-fast" "$seconds" -DPOOLNORM_FUZZ_SANITIZE= ;;
  esac
}
# All of them, whatever fails, and what each says at its end. 77: this machine cannot, and the script has said so. A step
# passed when it left a word of that: one that is killed leaves none, nor does one on a full disk.
logs=$build/long
mkdir -p "$logs"
run_logged() {
  local code=0 begin=$SECONDS
  (run_step "$1") >"$logs/$1.log" 2>&1 || code=$?
  # One write, whoever else is writing.
  printf '%s\n' "== $1: exit code $code after $((SECONDS - begin)) s; the end of $logs/$1.log:
$(tail -n 20 "$logs/$1.log")"
  case $code in
    0) echo passed >"$logs/$1.passed" ;;
    77) echo skipped >"$logs/$1.skipped" ;;
  esac
}
rm -f "$logs"/*.passed "$logs"/*.skipped
for name in "${steps[@]}"; do
  while (($(jobs -rp | wc -l) >= ${POOLNORM_LONG_JOBS:-$jobs})); do wait -n || true; done
  run_logged "$name" &
done
wait
failed=() skipped=()
for name in "${steps[@]}"; do
  if [[ -s $logs/$name.skipped ]]; then
    skipped+=("$name")
  elif [[ ! -s $logs/$name.passed ]]; then
    failed+=("$name")
  fi
done
((${#skipped[@]} == 0)) || echo "tests/run.sh: skipped: ${skipped[*]}; each says above what to do"
((${#failed[@]} == 0)) || { echo "tests/run.sh: failed: ${failed[*]}; what to do stands above, or in $logs" >&2; exit 1; }
