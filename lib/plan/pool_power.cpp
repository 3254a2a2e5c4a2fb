#include "plan/pool_power.hpp"

#include "plan/exponent.hpp"
#include "plan/lane_form.hpp"

namespace poolnorm {

std::int64_t PowerPlan::worker_bytes() const noexcept {
  return (slots() + 1) * row_bytes + sums_bytes + whole_lines(slots() * 8);
}

void plan_power(const PoolGeometry& g, const PowerKernels& kernels, PowerPlan& plan) noexcept {
  const Axis &d = g.d(), &h = g.h(), &w = g.w();
  plan.kernels = &kernels;
  plan.power = exponent_of(g.p);
  plan.root = inverse_of(g.p);
  plan.columns = w.seen();
  schedule_rings({g.n, g.c, g.walk == Walk::channels_first ? 1 : 0, reach(d), d.in == 1 ? reach(h) : h.in,
                  d.out * h.out, (Checked(plan.columns) * 8).value()},
                 plan.schedule);
  plan.row_bytes = whole_lines(plan.columns * plan.schedule.strip * 8);
  plan.sums_bytes = whole_lines(w.out * plan.schedule.strip * 8);
}

}  // namespace poolnorm
