#include "plan/seen_axis.hpp"

#include <algorithm>
#include <numeric>

#include "plan/checked.hpp"

namespace poolnorm {
namespace {

// Windows o with o * stride + j * dilation = at for a j in [0, kernel).
Seen seen_by_sliding(const Axis& a, std::int64_t at, std::int64_t step) noexcept {
  std::int64_t first = std::max<std::int64_t>(0, ceil_div(at - (a.extent() - 1), a.stride));
  const std::int64_t last = std::min(a.out - 1, floor_div(at, a.stride));
  const std::int64_t tries = std::min(last, first + step - 1);
  while (first <= tries && (at - first * a.stride) % a.dilation != 0) ++first;
  if (first > tries) return {0, 0};
  return {first, (last - first) / step + 1};
}

}  // namespace

bool SeenAxis::make(const Axis& a) noexcept {
  if (!inputs.allocate(a.in)) return false;
  step = a.adaptive ? 1 : a.dilation / std::gcd(a.stride, a.dilation);
  std::int64_t begin = 0, end = 0;
  for (std::int64_t i = 0; i < a.in; ++i) {
    if (a.adaptive) {
      while (begin < a.out && a.end_input(begin) <= i) ++begin;
      while (end < a.out && a.first_input(end) <= i) ++end;
      inputs[i] = {begin, end - begin};
    } else {
      inputs[i] = seen_by_sliding(a, i + a.pad_begin, step);
    }
    most = std::max(most, inputs[i].count);
  }
  steps = most > 1 || has_phases(a);
  if (!steps) step = 1;
  reach = most == 0 ? 1 : (most - 1) * step + 1;
  return true;
}

bool has_phases(const Axis& a) noexcept {
  return !a.adaptive && (a.stride == 1 || (a.stride == 2 && a.dilation == 1)) && a.extent() <= a.in;
}

Phase phase_of(const Axis& a, std::int64_t i) noexcept {
  Phase p;
  // The last tap of a window that begins a whole number of strides before the input.
  for (p.tap = a.kernel - 1; p.tap >= 0; --p.tap) {
    const std::int64_t start = i + a.pad_begin - p.tap * a.dilation;
    if (start % a.stride != 0) continue;
    p.windows = {start / a.stride, p.tap / a.stride + 1};
    break;
  }
  return p;
}

}  // namespace poolnorm
