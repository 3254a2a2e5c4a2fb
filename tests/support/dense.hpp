// Dense: the values of a tensor in N, C, [D,] [H,] W order, whatever its layout in memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <poolnorm/tensor.hpp>

namespace poolnorm::tests {

struct Dense {
  std::vector<std::int64_t> dims;
  std::vector<float> values;

  Dense() = default;
  explicit Dense(std::vector<std::int64_t> dims_);
  Dense(std::vector<std::int64_t> dims_, std::vector<float> values_);

  // One image of the batch.
  Dense image(std::int64_t n) const;
};

// What f64 holds.
struct Dense64 {
  std::vector<std::int64_t> dims;
  std::vector<double> values;
};

std::vector<std::int64_t> dims_of(const TensorDesc& t);
std::int64_t product(const std::vector<std::int64_t>& dims);

// The packed tensor of these dims.
enum class Layout { nchw, nhwc };
inline constexpr Layout layouts[] = {Layout::nchw, Layout::nhwc};
const char* name(Layout layout);
TensorDesc packed(Layout layout, const std::vector<std::int64_t>& dims);

// Calls f(dense index, offset in elements) for every element of `t`.
template <class F>
void for_each_element(const TensorDesc& t, F f) {
  std::int64_t index[max_rank] = {};
  const std::int64_t count = t.elements();
  std::int64_t offset = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    f(i, offset);
    for (int d = t.rank - 1; d >= 0; --d) {
      if (++index[d] < t.dims[d]) {
        offset += t.strides[d];
        break;
      }
      offset -= t.strides[d] * (t.dims[d] - 1);
      index[d] = 0;
    }
  }
}

// Elements from the first to one past the last; 0 for an empty tensor.
std::int64_t span(const TensorDesc& t);

}  // namespace poolnorm::tests
