#!/usr/bin/env bash
# Builds the fuzzers and runs each for some time: tests/fuzz/run.sh BUILD_DIR SECONDS [CMake options]
# Starts from corpus/, where found-N are inputs that once failed; what it finds on the way stays in BUILD_DIR/corpus,
# so that a longer run goes on where the last one stopped. A finding is kept in BUILD_DIR and repeated by  BUILD_DIR/tests/fuzz/fuzz_... FILE.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
build=$1
seconds=$2
shift 2
# A short run is no place for a long build: of kernels, UndefinedBehaviorSanitizer makes it four times as long.
if ((seconds < 60)); then
  set -- -DPOOLNORM_ISAS=portable "-DPOOLNORM_KERNEL_OPT=-O1;-fno-sanitize=undefined" -DPOOLNORM_TESTS_OPT=-O0 "$@"
else
  set -- -UPOOLNORM_ISAS -UPOOLNORM_KERNEL_OPT -UPOOLNORM_TESTS_OPT "$@"  # of a short run in the same directory
fi

command -v clang++ >/dev/null || {
  echo "Skipped: no clang++. What to do: cmake/setup.sh fuzz, or install clang."
  [[ ${CI:-} == true ]] && exit 1
  exit 77
}

# Options first: what -C finds set it leaves alone.
cmake "$@" -S "$root" -B "$build" -G Ninja -C "$root/cmake/configs/fuzz.cmake" >"$build.log" 2>&1 &&
  cmake --build "$build" -j "$(nproc)" >>"$build.log" 2>&1 ||
  { cat "$build.log"; echo "The fuzzers did not build: see above."; exit 1; }

unset POOLNORM_REQUIRE_ISAS  # which the whole suite must find
export UBSAN_OPTIONS=print_stacktrace=1
failed=0
for fuzzer in fuzz_plan fuzz_plan_c fuzz_run; do
  mkdir -p "$build/corpus/$fuzzer"
  log=$build/$fuzzer.log
  if (cd "$build" && "tests/fuzz/$fuzzer" -max_total_time="$seconds" -max_len=600 -len_control=0 -timeout=60 \
    -rss_limit_mb=4096 -print_funcs=0 -print_final_stats=1 -artifact_prefix="$fuzzer-" "corpus/$fuzzer" "$here/corpus/$fuzzer") >"$log" 2>&1; then
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "$fuzzer: $executions executions in $seconds s, no finding"
    ((executions >= 100)) || { failed=1; echo "  so few executions show nothing"; }
  else
    failed=1
    tail -n 60 "$log"
    echo "$fuzzer: a finding. The input is in $build; the whole log is $log"
  fi
done
exit $failed
