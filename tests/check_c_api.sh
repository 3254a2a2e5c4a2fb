#!/usr/bin/env bash
# C has what C++ has: tests/check_c_api.sh
# Reads the names in include/poolnorm/*.hpp, derives C's, and has the compiler look each of them up:
#   enum class PoolOp { max }     POOLNORM_POOL_OP_MAX, of the same value
#   struct PoolDesc { op; }       poolnorm_pool_desc::op
#   class PoolPlan { run(); }     poolnorm_pool_plan_run, and _destroy
#   max_pool(), max_rank          poolnorm_max_pool, POOLNORM_MAX_RANK
# Then every function of C stands in c/rename.h.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
include=$root/include/poolnorm
program=$(mktemp --suffix=.cpp)
trap 'rm -f "$program"' EXIT

# What needs no counterpart: Dims is a rank and a pointer, Result a code and a value, Elements a void*. What C calls otherwise.
skipped=' Dims Result ConstElements Elements '
renamed='name=isa_name available=isa_available NormPlan::make=norm_plan_make_batch_norm'

{
  echo '#include <poolnorm/poolnorm.h>'
  echo '#include <poolnorm/poolnorm.hpp>'
  awk -v skipped="$skipped" -v renamed="$renamed" '
    BEGIN {
      n = split(renamed, pairs, " ")
      for (i = 1; i <= n; ++i) { split(pairs[i], p, "="); c_name[p[1]] = p[2] }
    }
    function snake(s) { gsub(/[A-Z]/, "_&", s); sub(/^_/, "", s); return tolower(s) }
    function want(name, plain) { print "inline constexpr auto* c" ++count " = &poolnorm_" (name in c_name ? c_name[name] : plain) ";  // " file ": " name }
    function enumerators(list,   i, n, e) {
      gsub(/\/\/.*/, "", list); n = split(list, e, ",")
      for (i = 1; i <= n; ++i) {
        gsub(/=.*|[ \t]/, "", e[i]); if (e[i] == "") continue
        print "static_assert(POOLNORM_" toupper(snake(type)) "_" toupper(e[i]) " == static_cast<int>(poolnorm::" type "::" e[i] "));"; ++count
      }
    }
    FNR == 1 { type = kind = ""; file = FILENAME; sub(/.*\//, "", file) }
    { sub(/[ \t]*\/\/.*/, "") }
    /^namespace detail/ { kind = "skip" }
    /^enum class/ {
      type = $3; kind = "enum"
      if (match($0, /\{.*\}/)) { enumerators(substr($0, RSTART + 1, RLENGTH - 2)); kind = "" }
      next
    }
    /^(struct|class) / {
      type = ($2 == "POOLNORM_API" || $2 == "[[nodiscard]]") ? $3 : $2
      kind = index(skipped, " " type " ") ? "skip" : $1
      if (kind == "class") { want(type "::destroy", snake(type) "_destroy") }
      next
    }
    /^}/ { kind = ""; next }
    / private:/ { kind = "skip" }
    kind == "enum" { enumerators($0) }
    # Fields: two spaces in, no brackets; a pointer to a function.
    kind == "struct" && /^  [A-Za-z]/ && !/static|using|template/ {
      field = $0
      if (match(field, /\(\*[a-z_]+\)\(/)) field = substr(field, RSTART + 2, RLENGTH - 4)
      else if (field ~ /\(/ || field !~ /;$/) next
      else { sub(/[ ]*(=.*|\[.*|\{.*|;)$/, "", field); sub(/.*[ *&]/, "", field) }
      print "using c" ++count " = decltype(poolnorm_" snake(type) "::" field ");  // " file ": " type "::" field
    }
    # Methods of plans.
    kind == "class" && /^  [A-Za-z].*[ *&][a-z_]+\(/ && !/operator/ {
      name = $0; sub(/\(.*/, "", name); sub(/.*[ *&]/, "", name)
      if (name == type) next
      want(type "::" name, snake(type) "_" name)
      if (name == "make" && ++makes[type] > 1) {  # one more descriptor
        desc = $0; sub(/.*make\(const /, "", desc); sub(/&.*/, "", desc); sub(/Desc$/, "", desc)
        want(type "::make(" desc ")", snake(type) "_make_" snake(desc))
      }
    }
    # Functions and constants of the namespace.
    kind == "" && /^inline constexpr int [a-z_]+ =/ { sub(/.*int /, ""); print "static_assert(POOLNORM_" toupper($1) " == poolnorm::" $1 ");"; ++count }
    kind == "" && /^[A-Za-z].*[ *&][a-z_0-9]+\(/ && !/^(namespace|using|template|#)/ {
      name = $0; sub(/\(.*/, "", name); sub(/.*[ *&]/, "", name); want(name, name)
    }
    END { if (count < 150) { print "#error \"only " count + 0 " names found: the headers are written in another way than this script reads\"" } }
  ' "$include"/*.hpp
} >"$program"

failed=0
if ! "${CXX:-c++}" -std=c++17 -fsyntax-only -I "$root/include" "$program"; then
  echo "C++ has what C lacks: the comments above name it. Add it to include/poolnorm/c/ and lib/c_api/."
  failed=1
fi

functions=$(sed -nE 's/^POOLNORM_API [^(]*(poolnorm_[a-z0-9_]+)\(.*/\1/p; s/^typedef struct (poolnorm_[a-z_]+_plan) .*/\1/p' "$include"/c/*.h)
for f in $functions; do
  grep -q "^#define $f POOLNORM_RENAMED($f)\$" "$include/c/rename.h" || { echo "$f is missing in c/rename.h"; failed=1; }
done
echo "$(($(wc -l <"$program") - 2)) names of C++ have their C, $(wc -w <<<"$functions") symbols their prefix"
(($(wc -w <<<"$functions") >= 150)) || { echo "only so few functions of C: the headers are written in another way than this script reads"; failed=1; }
exit $failed
