// A chain with its parameters and values, and what the operations one by one make of them.
#pragma once

#include <string>
#include <vector>

#include <poolnorm/chain.hpp>

#include "dense.hpp"
#include "random.hpp"
#include "run.hpp"
#include "values.hpp"

namespace poolnorm::tests {

enum class AffineForm { none, batch_norm, scale_shift };

// The arrays behind an Affine.
template <class T>
struct AffineValuesOf {
  using Form = AffineForm;
  Form form = Form::none;
  std::vector<T> values[4];  // mean, variance, gamma, beta; or scale, shift
  float epsilon = 1e-5f;

  Affine affine() const;
};
using AffineValues = AffineValuesOf<float>;

// Of float, and of double for f64.
template <class T>
struct ChainCaseOf {
  ChainDesc shapes;  // all but the parameters
  AffineValuesOf<T> before, after[max_chain_pools];
  DenseOf<T> x, r;

  // Whether t is not src.
  bool maps() const;
  bool follows(int pool) const;  // whether something follows this pool
  // What its tensors hold, t and all behind it maybe another; the values stay as they are.
  void set_shapes_type(ElementType type) { set_shapes_types(type, type); }
  void set_shapes_types(ElementType type, ElementType t);
  // Makes an f32 chain one of f16 or bf16.
  void set_type(ElementType type);

  ChainDesc desc() const;
  ChainOutputsOf<T> expected() const;
  ChainOutputsOf<T> run(const How& how, Alias intermediate = Alias::none) const;
  std::string text() const;
};
using ChainCase = ChainCaseOf<float>;

ChainCase random_chain(Random& random);
// Of f64, with values and parameters near those, of digits that f32 has not.
ChainCaseOf<double> finer(const ChainCase& chain, Random& random);
// An f32 chain on s8 and u8, with values of its own and any quantisations; parameters that are not finite become 1, Lp
// pools maxima.
ChainCase quantized(ChainCase chain, Values kind, Random& random);

// "" when all outputs are the same, bit for bit.
template <class T>
std::string difference(const ChainOutputsOf<T>& got, const ChainOutputsOf<T>& expected);

// Checks on every ISA.
template <class T>
void check_chain(const ChainCaseOf<T>& chain, How how = {}, Alias intermediate = Alias::none);

}  // namespace poolnorm::tests
