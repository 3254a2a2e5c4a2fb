#!/usr/bin/env bash
# Lines and branches of lib/ that the suite reaches: tests/coverage.sh BUILD_DIR [CMake options]
# At least 95 % and 90 %, by gcovr, on avx2 and portable: limits of the same code on every CPU. A branch of a template counts
# once for each instantiation.
# Not counted: branches that only an exception takes, of which the library has none, but its allocations might.
# POOLNORM_TEST_CASES as in tests/run.sh, 20000 here: what is rare needs many.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1
shift
min_lines=95
min_branches=90
command -v gcovr >/dev/null || { echo "Skipped: no gcovr. What to do: apt-get install gcovr."; exit 77; }

isas="portable"
[[ $(uname -m) == x86_64 ]] && isas="avx2;portable"
cmake -C "$root/cmake/configs/coverage.cmake" -S "$root" -B "$build" -G Ninja "-DPOOLNORM_ISAS=$isas" "$@"
cmake --build "$build" -j "$(nproc)" --target poolnorm_tests
find "$build" -name '*.gcda' -delete  # counts of earlier runs
export POOLNORM_TEST_CASES=${POOLNORM_TEST_CASES:-20000}
"$build/tests/poolnorm_tests"

report=$build/coverage
mkdir -p "$report"
mapfile -t objects < <(find "$build/CMakeFiles" -maxdepth 1 -name 'poolnorm*.dir')  # the library's
gcovr --root "$root" --filter "$root/lib/" --exclude-throw-branches --exclude-unreachable-branches \
  --gcov-executable "${GCOV:-gcov}" -j "$(nproc)" \
  --sort-percentage --txt "$report/lines.txt" --json "$report/coverage.json" --html-details "$report/index.html" \
  --print-summary "${objects[@]}" | tee "$report/summary.txt"

# The line "lines: 97.3% (1234 out of 1268)".
percent() { sed -n "s/^$1: *\([0-9.]*\)%.*/\1/p" "$report/summary.txt"; }
enough() { awk -v got="$(percent "$1")" -v least="$2" 'BEGIN { exit !(got + 0 >= least) }'; }
if enough lines $min_lines && enough branches $min_branches; then
  echo "lines at least $min_lines %, branches at least $min_branches %: passed"
  exit 0
fi
echo "lines $(percent lines) % (at least $min_lines), branches $(percent branches) % (at least $min_branches): FAILED"
grep -v ' 100% ' "$report/lines.txt" | tail -n 40
echo "What to do: $report/index.html shows what was not reached, the worst files stand above, last. Add a test that"
echo "needs the line, or delete the line if none can."
exit 1
