#include "dense.hpp"

namespace poolnorm::tests {

std::int64_t product(const std::vector<std::int64_t>& dims) {
  std::int64_t n = 1;
  for (std::int64_t d : dims) n *= d;
  return n;
}

std::vector<std::int64_t> dims_of(const TensorDesc& t) { return {t.dims, t.dims + t.rank}; }

const char* name(Layout layout) { return layout == Layout::nchw ? "nchw" : "nhwc"; }

TensorDesc packed(Layout layout, const std::vector<std::int64_t>& dims, ElementType type) {
  const Dims d(dims.data(), static_cast<int>(dims.size()));
  return layout == Layout::nchw ? nchw(d, type) : nhwc(d, type);
}

std::int64_t span(const TensorDesc& t) {
  if (t.elements() == 0) return 0;
  std::int64_t last = 0;
  for (int i = 0; i < t.rank; ++i) last += (t.dims[i] - 1) * t.strides[i];
  return last + 1;
}

}  // namespace poolnorm::tests
