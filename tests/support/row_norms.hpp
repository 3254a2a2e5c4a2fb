// Layer, RMS and group norm as the documentation states them, and runs of them on guarded memory.
#pragma once

#include <poolnorm/group_norm.hpp>
#include <poolnorm/layer_norm.hpp>

#include "dense.hpp"
#include "run.hpp"

namespace poolnorm::tests {

// T: float, which elements of f16 and bf16 are read as, or double.
template <class T>
struct NormResultOf {
  DenseOf<T> y, sum;
  std::vector<T> saved_mean, saved_mean_low, saved_invstd;
};
template <class T>
std::string difference(const NormResultOf<T>& got, const NormResultOf<T>& expected);

template <class T>
struct LayerNormCaseOf {
  LayerNormDesc desc;
  DenseOf<T> x, r;
  std::vector<T> gamma, beta;

  NormResultOf<T> expected() const;
  // What dst and sum are.
  NormResultOf<T> run(const How& how, Alias alias = Alias::none, Alias sum = Alias::none) const;
};

template <class T>
struct GroupNormCaseOf {
  GroupNormDesc desc;
  DenseOf<T> x;
  std::vector<T> gamma, beta;

  NormResultOf<T> expected() const;
  NormResultOf<T> run(const How& how, Alias alias = Alias::none) const;
};

using NormResult = NormResultOf<float>;
using LayerNormCase = LayerNormCaseOf<float>;
using GroupNormCase = GroupNormCaseOf<float>;

template <class Case, class... Where>
void check_rows(const Case& c, How how = {}, Where... where) {
  const auto expected = c.expected();
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(c.run(how, where...), expected) == "");
  });
}

}  // namespace poolnorm::tests
