#include "plan/seen_axis.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "plan/checked.hpp"

namespace poolnorm {
namespace {

// a * b modulo m.
std::int64_t product(std::int64_t a, std::int64_t b, std::int64_t m) noexcept {
  if (m <= INT32_MAX) return a % m * (b % m) % m;
  const auto modulus = static_cast<std::uint64_t>(m);
  std::uint64_t sum = 0;
  for (std::uint64_t term = static_cast<std::uint64_t>(a) % modulus; b > 0; b /= 2) {
    if (b % 2 != 0) sum = (sum + term) % modulus;
    term = (term + term) % modulus;
  }
  return static_cast<std::int64_t>(sum);
}

// What `a` times is 1, modulo m: Euclid's algorithm. They share no factor.
std::int64_t inverse(std::int64_t a, std::int64_t m) noexcept {
  std::int64_t x = 0, next = 1, r = m;
  for (std::int64_t b = a % m; b != 0;) {
    const std::int64_t q = r / b;
    x = std::exchange(next, x - q * next);
    r = std::exchange(b, r - q * b);
  }
  return x < 0 ? x + m : x;
}

// The first of [begin, end) for which `after` holds, as it does for all behind it; or end.
template <class After>
std::int64_t first_after(std::int64_t begin, std::int64_t end, After after) noexcept {
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    after(middle) ? end = middle : begin = middle + 1;
  }
  return begin;
}

// Windows o with o * stride + j * dilation = at for a j in [0, kernel). `share`: the greatest divisor of both;
// `inverse`: of stride / share modulo step.
Seen seen_by_sliding(const Axis& a, std::int64_t at, std::int64_t share, std::int64_t step,
                     std::int64_t inverse) noexcept {
  const std::int64_t low = std::max<std::int64_t>(0, ceil_div(at - (a.extent() - 1), a.stride));
  const std::int64_t last = std::min(a.out - 1, floor_div(at, a.stride));
  if (low > last || at % share != 0) return {0, 0};
  std::int64_t on = product(at / share, inverse, step) - low % step;
  if (on < 0) on += step;
  return on > last - low ? Seen{0, 0} : Seen{low + on, (last - low - on) / step + 1};
}

}  // namespace

bool SeenAxis::make(const Axis& a) noexcept {
  if (!inputs.allocate(a.in)) return false;
  const std::int64_t share = a.adaptive ? 1 : std::gcd(a.stride, a.dilation);
  step = a.adaptive ? 1 : a.dilation / share;
  const std::int64_t one = step == 1 ? 0 : inverse(a.stride / share, step);
  std::int64_t begin = 0, end = 0;
  for (std::int64_t i = 0; i < a.in; ++i) {
    if (a.adaptive) {
      begin = first_after(begin, a.out, [&](std::int64_t o) { return a.end_input(o) > i; });
      end = first_after(end, a.out, [&](std::int64_t o) { return a.first_input(o) > i; });
      inputs[i] = {begin, end - begin};
    } else {
      inputs[i] = seen_by_sliding(a, i + a.pad_begin, share, step, one);
    }
    most = std::max(most, inputs[i].count);
  }
  steps = most > 1 || has_phases(a);
  if (!steps) step = 1;
  reach = most == 0 ? 1 : (most - 1) * step + 1;
  return true;
}

bool has_phases(const Axis& a) noexcept {
  // Sizes that were given may end long before the input does.
  return !a.adaptive && (a.stride == 1 || (a.stride == 2 && a.dilation == 1)) && a.extent() <= a.in &&
         a.out * a.stride - a.pad_begin + a.extent() > a.in;
}

bool has_blocks(const Axis& d, const Axis& h, const Axis& w) noexcept {
  if (!d.trivial() || h.adaptive || w.adaptive || h.kernel != w.kernel || h.stride != w.stride) return false;
  if (h.dilation != 1 || w.dilation != 1) return false;
  return (w.kernel == 2 && w.stride == 2) || (w.kernel == 3 && w.stride <= 2);
}

bool has_lane_blocks(const Axis& w) noexcept {
  return w.kernel == 2 ? w.pad_begin == 0 : w.stride == 1 ? w.pad_begin == 1 : w.pad_begin <= 1;
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
