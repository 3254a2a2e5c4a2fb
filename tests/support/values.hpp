// What tensors are filled with.
#pragma once

#include <vector>

#include "dense.hpp"
#include "random.hpp"

namespace poolnorm::tests {

enum class Values {
  signed_uniform,  // [-2, 2)
  after_relu,      // mostly zeros
  integers,        // -3..3 with both zeros: ties
  wide,            // all magnitudes, denormals included
  cancelling,      // +-2^80, +-2^40 and ordinary ones: a sum shows its order
  special,         // NaN, infinities, signed zeros, huge and denormal values among ordinary ones
  tiny,            // denormals and the least normal numbers: sums whose averages have fewer digits
  count_
};

Dense make_values(const std::vector<std::int64_t>& dims, Values kind, Random& random);
inline Dense make_values(const std::vector<std::int64_t>& dims, Values kind, std::uint64_t seed) {
  Random random(seed);
  return make_values(dims, kind, random);
}

// What the tensor's type can hold of such values.
Dense make_values(const TensorDesc& t, Values kind, Random& random);
// f64 near those, with digits that f32 has not.
Dense64 finer(const Dense& x, Random& random);
Dense64 make_values64(const std::vector<std::int64_t>& dims, Values kind, Random& random);

// `count` values of a parameter in [lo, hi).
template <class T = float>
std::vector<T> make_parameter(std::int64_t count, float lo, float hi, Random& random) {
  std::vector<T> p(static_cast<std::size_t>(count));
  for (T& v : p) v = static_cast<T>(random.uniform(lo, hi));
  return p;
}

}  // namespace poolnorm::tests
