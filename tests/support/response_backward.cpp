#include "response_backward.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <type_traits>

#include "cases.hpp"
#include "check_made.hpp"
#include "doctest.hpp"
#include "tensor.hpp"
#include "workspace.hpp"

namespace poolnorm::tests {

template <class T>
reference::Bounds ResponseBackwardCaseOf<T>::bounds() const {
  constexpr bool is_f32 = std::is_same_v<T, float>;
  const std::int64_t channels = x.dims[1], spatial = product(x.dims) / (x.dims[0] * channels);
  const bool lower = desc.window == ResponseWindow::lower;
  const std::int64_t below = lower ? desc.size / 2 : (desc.size - 1) / 2, above = desc.size - 1 - below;
  const long double factor = static_cast<long double>(desc.alpha) / static_cast<long double>(desc.size);
  const long double beta = static_cast<long double>(desc.beta);
  const double relative =
      (30 + 2 * static_cast<double>(desc.size) + desc.beta * (static_cast<double>(desc.size) + 5)) * 0x1p-53;
  std::vector<long double> sums(x.values.size()), magnitudes(x.values.size());
  for (std::int64_t i = 0; i < product(x.dims); ++i) {
    const std::int64_t c = i / spatial % channels;
    const std::int64_t first = i + (std::max<std::int64_t>(0, c - below) - c) * spatial;
    const std::int64_t last = i + (std::min(channels - 1, c + above) - c) * spatial;
    const auto at = [&](std::int64_t j) { return static_cast<long double>(x.values[j]); };
    long double base = desc.k;
    for (std::int64_t j = first; j <= last; j += spatial) base += factor * at(j) * at(j);
    const long double gradient = static_cast<long double>(dy.values[i]), own = gradient * std::pow(base, -beta);
    sums[i] += own;
    magnitudes[i] += std::fabs(own);
    for (std::int64_t j = first; j <= last; j += spatial) {
      const long double term = gradient * at(i) * beta * std::pow(base, -beta - 1) * 2 * factor * at(j);
      sums[j] -= term;
      magnitudes[j] += std::fabs(term);
    }
  }
  reference::Bounds b;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const T rounded = static_cast<T>(sums[i]);
    b.exact.push_back(static_cast<double>(std::isinf(rounded) ? rounded : sums[i]));  // T's range is less
    b.bound.push_back(static_cast<double>(magnitudes[i]) * relative +
                      (is_f32 ? std::fabs(b.exact[i]) * 0x1p-24 + 0x1p-150 : 0));
  }
  return b;
}

template <class T>
DenseOf<T> ResponseBackwardCaseOf<T>::run(const How& how, Alias alias) const {
  Result<LocalResponseNormBackwardPlan> plan = LocalResponseNormBackwardPlan::make(desc, how.options());
  check_made(plan, how);
  const Tensor src(desc.src, x, how.src);
  const Tensor grad_dst(desc.grad_dst.rank == 0 ? desc.src : desc.grad_dst, dy, how.src);
  const Tensor own(desc.grad_src.rank == 0 ? desc.src : desc.grad_src, how.dst);
  const Tensor& grad_src = alias == Alias::src ? src : alias == Alias::residual ? grad_dst : own;
  const Workspace workspace(*plan, how.executor);
  const Status status = plan->run(static_cast<const void*>(src.bytes()), static_cast<const void*>(grad_dst.bytes()),
                                  grad_src.bytes(), workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(grad_src.gaps_untouched());
  CHECK(as_written({&src, &grad_dst}, {&grad_src}));
  CHECK(workspace.surroundings_untouched());
  return grad_src.template read_as<T>();
}

template struct ResponseBackwardCaseOf<float>;
template struct ResponseBackwardCaseOf<double>;

std::string text_of(const LocalResponseNormBackwardDesc& d) {
  std::ostringstream s;
  s << "src " << text_of(d.src) << " grad_dst " << text_of(d.grad_dst) << " grad_src " << text_of(d.grad_src)
    << " size " << d.size << " window " << static_cast<int>(d.window) << " alpha " << d.alpha << " beta " << d.beta
    << " k " << d.k;
  return s.str();
}

}  // namespace poolnorm::tests
