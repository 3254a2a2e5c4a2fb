// Layer, RMS and group norm as the documentation states them, and runs of them on guarded memory.
#pragma once

#include <poolnorm/group_norm.hpp>
#include <poolnorm/layer_norm.hpp>

#include "dense.hpp"
#include "run.hpp"

namespace poolnorm::tests {

struct NormResult {
  Dense y, sum;
  std::vector<float> saved_mean, saved_mean_low, saved_invstd;
};
std::string difference(const NormResult& got, const NormResult& expected);

struct LayerNormCase {
  LayerNormDesc desc;
  Dense x, r;
  std::vector<float> gamma, beta;

  NormResult expected() const;
  NormResult run(const How& how, Alias alias = Alias::none) const;
};

struct GroupNormCase {
  GroupNormDesc desc;
  Dense x;
  std::vector<float> gamma, beta;

  NormResult expected() const;
  NormResult run(const How& how, Alias alias = Alias::none) const;
};

template <class Case>
void check_rows(const Case& c, How how = {}, Alias alias = Alias::none) {
  const NormResult expected = c.expected();
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(c.run(how, alias), expected) == "");
  });
}

}  // namespace poolnorm::tests
