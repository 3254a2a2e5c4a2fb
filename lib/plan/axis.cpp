#include "plan/axis.hpp"

#include <algorithm>

namespace poolnorm {

// With in = q * out + r this needs o * r, which make() has checked, and not o * in.
std::int64_t Axis::adaptive_edge(std::int64_t o) const noexcept { return o * (in / out) + o * (in % out) / out; }

TapRange Axis::taps(std::int64_t o) const noexcept {
  if (starts != nullptr) return {starts[o], kernel, 0};
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

std::int64_t Axis::first_input(std::int64_t o) const noexcept { return std::clamp<std::int64_t>(start(o), 0, in); }

std::int64_t Axis::end_input(std::int64_t o) const noexcept {
  if (!adaptive) return std::clamp<std::int64_t>(start(o) + extent(), 0, in);
  const TapRange t = taps(o);
  return t.first + t.count;
}

// A window that begins at an input sees it. Before the first input all depends on where the last tap is, and
// windows move on; only taps so far apart that they may step over all inputs have to be looked at one by one.
std::int64_t Axis::first_blind() const noexcept {
  if (adaptive) return out;
  const std::int64_t before = std::min(out, ceil_div(pad_begin, stride));
  const std::int64_t looked_at = dilation <= in ? std::min<std::int64_t>(before, 1) : before;
  if (looked_at > most_looked_at) return too_many;
  for (std::int64_t o = 0; o < looked_at; ++o) {
    if (taps(o).count == 0) return o;
  }
  return start(out - 1) < in ? out : ceil_div(in + pad_begin, stride);
}

std::int64_t Axis::first_overhang() const noexcept {
  const Checked end = Checked(in) + pad_end + pad_begin;
  return end.fits() ? std::min(out, ceil_div(end.value(), stride)) : out;
}

// With in = q * out + r a window begins o * r mod out parts of an input late, and ends up to an input late.
std::int64_t Axis::nominal() const noexcept {
  if (!adaptive || starts != nullptr) return kernel;
  const std::int64_t q = in / out, r = in % out;
  return q + (r == 0 ? 0 : out % r == 0 ? 1 : 2);
}

std::int64_t Axis::counted(std::int64_t o, Divisor divisor) const noexcept {
  if (adaptive || divisor == Divisor::valid) return taps(o).count;
  if (divisor != Divisor::padded) return kernel;
  const std::int64_t begin = start(o), end = in + pad_end;
  return begin >= end ? 0 : std::min(kernel, ceil_div(end - begin, dilation));
}

// Where out divides in, or in - 1: then neighbours share one input.
void Axis::regularise() noexcept {
  const std::int64_t q = in / out, r = in % out;
  if (q == 0 || r > 1) return;
  kernel = q + r;
  stride = q;
  dilation = 1;
  pad_begin = pad_end = 0;
  adaptive = false;
}

}  // namespace poolnorm
