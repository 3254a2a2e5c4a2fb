// Seeded random requests over everything the descriptors can say, small enough to run by the thousand.
#pragma once

#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include <poolnorm/norm.hpp>
#include <poolnorm/pool.hpp>

#include "dense.hpp"
#include "random.hpp"
#include "run.hpp"
#include "values.hpp"

namespace poolnorm::tests {

// Of Lp poolings.
inline constexpr std::initializer_list<double> powers = {1, 2, std::numeric_limits<double>::infinity()};

// Everything needed to write the request down again.
std::string text_of(const TensorDesc& t);
std::string text_of(const PoolDesc& desc);

// Dims and strides of `layout`, with random gaps between channels' neighbours, rows, planes and images
// (channel slices, padded rows) and arbitrary strides of size-1 dims.
TensorDesc random_strides(Layout layout, const std::vector<std::int64_t>& dims, Random& random);
// The same dims over fewer elements, some of which are several at once, as windows of a signal are: an input that no output is.
TensorDesc random_view(TensorDesc t, Random& random);

// Channels and widths cross vector widths; a few are large enough to be shared out among workers. May be
// one that make() must refuse: reference::geometry says so.
PoolDesc random_pool(Random& random);
// Of any element type.
PoolDesc random_typed_pool(Random& random);

// A legal pooling of `src`, small enough to run by the thousand. Its dst may be given, in `layout`.
PoolDesc random_pool_of(const TensorDesc& src, Layout layout, Random& random);

Activation random_activation(Random& random);
// Of s8 or u8.
Quantization random_quantization(ElementType type, Random& random);

// N, C and `spatial` dims.
std::vector<std::int64_t> random_dims(int spatial, Random& random);

// A norm with its parameters and values.
struct NormCase {
  bool explicit_form = false;  // scale/shift
  TensorDesc src, dst, residual;
  std::vector<float> parameters[4];  // mean, variance, gamma, beta; or scale, shift
  float epsilon = 1e-5f;
  Activation activation;
  Quantization src_quantization, dst_quantization, residual_quantization;
  Rounding rounding = Rounding::half_to_even;
  Dense x, r;
  // Instead, where the tensors are f64.
  std::vector<double> wide_parameters[4];
  Dense64 wide_x, wide_r;

  // Makes an f32 case one of `type`, of what this holds of its values.
  void set_type(ElementType type);
  // Makes an f32 case one of s8 and u8, with values of its own and any quantisations.
  void quantize(ElementType from, ElementType to, Values kind, Random& random);

  BatchNormDesc batch_norm() const;
  ScaleShiftDesc scale_shift() const;
  const Dense* residual_values() const { return residual.rank == 0 ? nullptr : &r; }
  Dense expected() const;
  Dense run(const How& how, Alias alias = Alias::none) const;
  // "" when a run has the reference's bits.
  std::string difference_of_run(const How& how, Alias alias = Alias::none) const;
  std::string text() const;

 private:
  Parameters parameter(int i) const;
  template <class Desc>
  void set_quantizations(Desc& desc) const;
};
NormCase random_norm(Random& random);

// Any store policy, host executor and placement in memory.
How random_how(Isa isa, std::int64_t elements, Random& random);

}  // namespace poolnorm::tests
