#include "plan/axis.hpp"

#include <algorithm>

namespace poolnorm {

// With in = q * out + r this needs o * r, which make() has checked, and not o * in.
std::int64_t Axis::adaptive_edge(std::int64_t o) const noexcept { return o * (in / out) + o * (in % out) / out; }

TapRange Axis::taps(std::int64_t o) const noexcept {
  if (adaptive) {
    const std::int64_t first = adaptive_edge(o);
    const bool fraction = (o + 1) * (in % out) % out != 0;
    return {first, adaptive_edge(o + 1) + (fraction ? 1 : 0) - first, 0};
  }
  const std::int64_t begin = start(o);
  const std::int64_t skipped = begin >= 0 ? 0 : std::min(kernel, ceil_div(-begin, dilation));
  const std::int64_t inside = begin >= in ? 0 : std::min(kernel, ceil_div(in - begin, dilation));
  const std::int64_t count = std::max<std::int64_t>(0, inside - skipped);
  return {count == 0 ? 0 : begin + skipped * dilation, count, skipped};
}

std::int64_t Axis::first_input(std::int64_t o) const noexcept {
  return std::clamp<std::int64_t>(start(o), 0, in);
}

std::int64_t Axis::end_input(std::int64_t o) const noexcept {
  if (!adaptive) return std::clamp<std::int64_t>(start(o) + extent(), 0, in);
  const TapRange t = taps(o);
  return t.first + t.count;
}

std::int64_t Axis::nominal() const noexcept {
  if (!adaptive) return kernel;
  std::int64_t largest = 0;
  for (std::int64_t o = 0; o < out; ++o) largest = std::max(largest, taps(o).count);
  return largest;
}

std::int64_t Axis::counted(std::int64_t o, Divisor divisor) const noexcept {
  if (adaptive || divisor == Divisor::valid) return taps(o).count;
  if (divisor != Divisor::padded) return kernel;
  const std::int64_t begin = start(o), end = in + pad_end;
  return begin >= end ? 0 : std::min(kernel, ceil_div(end - begin, dilation));
}

void Axis::regularise() noexcept {
  const TapRange first = taps(0);
  const std::int64_t step = out > 1 ? taps(1).first : first.count;
  if (step == 0) return;  // a stride is at least 1
  for (std::int64_t o = 0; o < out; ++o) {
    const TapRange t = taps(o);
    if (t.count != first.count || t.first != o * step) return;
  }
  kernel = first.count;
  stride = step;
  dilation = 1;
  pad_begin = pad_end = 0;
  adaptive = false;
}

}  // namespace poolnorm
