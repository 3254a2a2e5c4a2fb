// Dense: the values of a tensor in N, C, [D,] [H,] W order, whatever its layout in memory.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <poolnorm/tensor.hpp>

namespace poolnorm::tests {

std::vector<std::int64_t> dims_of(const TensorDesc& t);
std::int64_t product(const std::vector<std::int64_t>& dims);

template <class T>
struct DenseOf {
  std::vector<std::int64_t> dims;
  std::vector<T> values;

  DenseOf() = default;
  explicit DenseOf(std::vector<std::int64_t> dims_)
      : dims(std::move(dims_)), values(static_cast<std::size_t>(product(dims))) {}
  DenseOf(std::vector<std::int64_t> dims_, std::vector<T> values_)
      : dims(std::move(dims_)), values(std::move(values_)) {}

  // One image of the batch.
  DenseOf image(std::int64_t n) const {
    DenseOf one = *this;
    one.dims[0] = 1;
    const auto size = static_cast<std::ptrdiff_t>(product(one.dims));
    one.values.assign(values.begin() + n * size, values.begin() + (n + 1) * size);
    return one;
  }
};
using Dense = DenseOf<float>;
using Dense64 = DenseOf<double>;  // what f64 holds

// The packed tensor of these dims.
enum class Layout { nchw, nhwc };
inline constexpr Layout layouts[] = {Layout::nchw, Layout::nhwc};
const char* name(Layout layout);
TensorDesc packed(Layout layout, const std::vector<std::int64_t>& dims, ElementType type = ElementType::f32);
// With a stride of 0 along the axes whose bits are set.
inline TensorDesc broadcast(TensorDesc t, int axes) {
  for (int i = 0; i < t.rank; ++i) {
    if (axes >> i & 1) t.strides[i] = 0;
  }
  return t;
}

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
