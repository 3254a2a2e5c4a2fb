#include "plan/pool_power.hpp"

#include <cstring>

#include "plan/lane_form.hpp"

namespace poolnorm {
namespace {

// x without the last bits of its 53.
double with_26_bits(double x) noexcept {
  std::uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits &= ~((std::uint64_t{1} << 27) - 1);
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

Exponent exponent_of(double p) noexcept {
  const double high = with_26_bits(p);
  return {high, p - high, p};
}

// 1 / p. Both products, and the first difference, are exact.
Exponent inverse_of(double p) noexcept {
  const double high = with_26_bits(1 / p), first = with_26_bits(p);
  return {high, ((1 - high * first) - high * (p - first)) / p, 1 / p};
}

}  // namespace

std::int64_t PowerPlan::worker_bytes() const noexcept {
  return (slots() + 1) * row_bytes + sums_bytes + whole_lines(slots() * 8);
}

void plan_power(const PoolGeometry& g, const PowerKernels& kernels, PowerPlan& plan) noexcept {
  const Axis &d = g.d(), &h = g.h(), &w = g.w();
  plan.kernels = &kernels;
  plan.power = exponent_of(g.p);
  plan.root = inverse_of(g.p);
  schedule_rings({g.n, g.c, g.walk == Walk::channels_first ? 1 : 0, reach(d), d.in == 1 ? reach(h) : h.in,
                  d.out * h.out, (Checked(w.in) * 8).value()},
                 plan.schedule);
  plan.row_bytes = whole_lines(w.in * plan.schedule.strip * 8);
  plan.sums_bytes = whole_lines(w.out * plan.schedule.strip * 8);
}

}  // namespace poolnorm
