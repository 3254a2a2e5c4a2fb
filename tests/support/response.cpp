#include "response.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <type_traits>

#include "cases.hpp"
#include "check_made.hpp"
#include "tensor.hpp"
#include "workspace.hpp"

namespace poolnorm::tests {

template <class T>
reference::Bounds ResponseCaseOf<T>::bounds() const {
  const std::int64_t channels = x.dims[1], spatial = product(x.dims) / (x.dims[0] * channels);
  const bool lower = desc.window == ResponseWindow::lower;
  const std::int64_t below = lower ? desc.size / 2 : (desc.size - 1) / 2, above = desc.size - 1 - below;
  const double relative =
      (8 + desc.beta * (static_cast<double>(desc.size) + 5)) * 0x1p-53 + (std::is_same_v<T, float> ? 0x1p-24 : 0);
  reference::Bounds b;
  for (std::int64_t i = 0; i < product(x.dims); ++i) {
    const std::int64_t c = i / spatial % channels;
    long double sum = 0;
    for (std::int64_t j = std::max<std::int64_t>(0, c - below); j <= std::min(channels - 1, c + above); ++j) {
      const long double neighbour = x.values[i + (j - c) * spatial];
      sum += neighbour * neighbour;
    }
    const long double base = desc.k + static_cast<long double>(desc.alpha) / static_cast<long double>(desc.size) * sum;
    const long double y = x.values[i] / std::pow(base, static_cast<long double>(desc.beta));
    b.exact.push_back(static_cast<double>(std::isinf(static_cast<T>(y)) ? static_cast<T>(y) : y));  // T's range is less
    b.bound.push_back(std::fabs(b.exact.back()) * relative + (std::is_same_v<T, float> ? 0x1p-150 : 0));
  }
  return b;
}

template <class T>
DenseOf<T> ResponseCaseOf<T>::run(const How& how, Alias alias) const {
  Result<LocalResponseNormPlan> plan = LocalResponseNormPlan::make(desc, how.options());
  check_made(plan, how);
  const Tensor src(desc.src, x, how.src);
  const Tensor own(desc.dst.rank == 0 ? desc.src : desc.dst, how.dst);
  const Tensor& dst = alias == Alias::src ? src : own;
  const Workspace workspace(*plan, how.executor);
  const Status status = plan->run(static_cast<const void*>(src.bytes()), dst.bytes(), workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(dst.gaps_untouched());
  CHECK(as_written({&src}, {&dst}));
  CHECK(workspace.surroundings_untouched());
  return dst.template read_as<T>();
}

template struct ResponseCaseOf<float>;
template struct ResponseCaseOf<double>;

std::string text_of(const LocalResponseNormDesc& d) {
  std::ostringstream s;
  s << "src " << text_of(d.src) << " dst " << text_of(d.dst) << " size " << d.size << " window "
    << static_cast<int>(d.window) << " alpha " << d.alpha << " beta " << d.beta << " k " << d.k;
  return s.str();
}

}  // namespace poolnorm::tests
