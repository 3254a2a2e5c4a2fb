#!/usr/bin/env bash
# What the tests of promises must know of: tests/check_promises.sh
#   plans     every Plan of the headers stands in the tests of plans, of allocations, of run()'s surroundings, of C's
#             null arguments, and in both fuzzers
#   requests  every check of random_checks.hpp is run by test_random.cpp and fuzz_run.cpp
#   README    the tests that its promises name exist
#   mutants   the lines that mutants_explained.txt explains are still there
#   version   the vcpkg port has that of version.h
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tests=$root/tests
failed=0
missing() { failed=1; echo "$1"; }
stands_in() { grep -qE "(^|[^a-zA-Z_])(poolnorm_)?$1([^a-zA-Z_]|\$)" "$tests/$2" || missing "$1 is not in tests/$2"; }

plans=$(sed -nE 's/^class (POOLNORM_API )?([A-Za-z]+Plan) .*/\2/p' "$root"/include/poolnorm/*.hpp | sort -u)
for plan in $plans; do
  for file in test_plans.cpp test_out_of_memory.cpp support/ready.cpp fuzz/fuzz_plan.cpp; do stands_in "$plan" "$file"; done
  c_name=$(sed -E 's/([A-Z])/_\L\1/g; s/^_//' <<<"$plan")
  stands_in "$c_name" fuzz/fuzz_plan_c.cpp
  stands_in "NO_PLAN\\($c_name\\)" test_c_api.c
done
checks=$(sed -nE 's/^void (check_random_[a-z_]+)\(.*/\1/p' "$tests/support/random_checks.hpp")
for check in $checks; do
  for file in test_random.cpp fuzz/fuzz_run.cpp; do stands_in "$check" "$file"; done
done

# Names in `code` in the second column of the table under "## Promises".
named=$(sed -n '/^## Promises/,/^## /p' "$root/README.md" | sed -n 's/^| .* | \(.*\) |$/\1/p' | grep -o '`[^`]*`' | tr -d '`' |
  sed 's|^tests/||; s| .*||' | sort -u)
for name in $named; do
  compgen -G "$tests/$name" >/dev/null || compgen -G "$tests/$name.*" >/dev/null || compgen -G "$root/$name" >/dev/null ||
    compgen -G "$tests/*/$name" >/dev/null || compgen -G "$tests/*/$name.*" >/dev/null ||
    missing "README's promises name $name, and there is none"
done

python3 -B -c 'import sys; sys.path.insert(0, sys.argv[1]); import mutate; mutate.explanations()' "$tests" || failed=1

version=$(sed -nE 's/^#define POOLNORM_VERSION_(MAJOR|MINOR|PATCH) //p' "$root/include/poolnorm/version.h" | paste -sd.)
grep -qF "\"version\": \"$version\"" "$root/cmake/vcpkg/poolnorm/vcpkg.json" || missing "cmake/vcpkg/poolnorm/vcpkg.json is not of version $version"

echo "$(wc -w <<<"$plans") plans, $(wc -w <<<"$checks") random checks, $(wc -w <<<"$named") names in README's promises"
(($(wc -w <<<"$plans") >= 10 && $(wc -w <<<"$checks") >= 7 && $(wc -w <<<"$named") >= 10)) ||
  missing "fewer than there were: the files are written in another way than this script reads"
((!failed)) || echo "What to do: add the plan or the check to the file named, or correct the name, the line or the version."
exit $failed
