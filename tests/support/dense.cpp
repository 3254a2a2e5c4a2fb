#include "dense.hpp"

#include <utility>

namespace poolnorm::tests {

std::int64_t product(const std::vector<std::int64_t>& dims) {
  std::int64_t n = 1;
  for (std::int64_t d : dims) n *= d;
  return n;
}

Dense::Dense(std::vector<std::int64_t> dims_) : dims(std::move(dims_)), values(product(dims)) {}

Dense::Dense(std::vector<std::int64_t> dims_, std::vector<float> values_)
    : dims(std::move(dims_)), values(std::move(values_)) {}

Dense Dense::image(std::int64_t n) const {
  Dense one = *this;
  one.dims[0] = 1;
  const auto size = static_cast<std::ptrdiff_t>(product(one.dims));
  one.values.assign(values.begin() + n * size, values.begin() + (n + 1) * size);
  return one;
}

std::vector<std::int64_t> dims_of(const TensorDesc& t) { return {t.dims, t.dims + t.rank}; }

const char* name(Layout layout) { return layout == Layout::nchw ? "nchw" : "nhwc"; }

TensorDesc packed(Layout layout, const std::vector<std::int64_t>& dims) {
  const Dims d(dims.data(), static_cast<int>(dims.size()));
  return layout == Layout::nchw ? nchw(d) : nhwc(d);
}

std::int64_t span(const TensorDesc& t) {
  if (t.elements() == 0) return 0;
  std::int64_t last = 0;
  for (int i = 0; i < t.rank; ++i) last += (t.dims[i] - 1) * t.strides[i];
  return last + 1;
}

}  // namespace poolnorm::tests
