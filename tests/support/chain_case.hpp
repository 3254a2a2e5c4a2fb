// A chain with its parameters and values, and what the operations one by one make of them.
#pragma once

#include <string>
#include <vector>

#include <poolnorm/chain.hpp>

#include "dense.hpp"
#include "random.hpp"
#include "run.hpp"

namespace poolnorm::tests {

// The arrays behind an Affine.
struct AffineValues {
  enum class Form { none, batch_norm, scale_shift } form = Form::none;
  std::vector<float> values[4];  // mean, variance, gamma, beta; or scale, shift
  float epsilon = 1e-5f;

  Affine affine() const;
};

struct ChainCase {
  ChainDesc shapes;  // all but the parameters
  AffineValues before, after[max_chain_pools];
  Dense x, r;

  // Makes an f32 chain one of f16 or bf16.
  void set_type(ElementType type);

  ChainDesc desc() const;
  ChainOutputs expected() const;
  ChainOutputs run(const How& how, Alias intermediate = Alias::none) const;
  std::string text() const;
};

ChainCase random_chain(Random& random);

// "" when all outputs are the same, bit for bit.
std::string difference(const ChainOutputs& got, const ChainOutputs& expected);

// Checks on every ISA.
void check_chain(const ChainCase& chain, How how = {}, Alias intermediate = Alias::none);

}  // namespace poolnorm::tests
