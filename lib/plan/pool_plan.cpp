#include "plan/pool_plan.hpp"

#include "dispatch/choose.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {
namespace {

const ReductionKernels& choose_lp(const PoolGeometry& g, const LpKernels& k) noexcept {
  if (!g.adds_up()) return *k.infinity;
  const bool is_long = g.nominal_window() > short_window;
  return g.p == 1 ? (is_long ? *k.long_p1 : *k.p1) : (is_long ? *k.long_p2 : *k.p2);
}

const ReductionKernels& choose_reduction(const PoolGeometry& g, const PoolScales& scales,
                                         const PoolKernels& k) noexcept {
  const bool away = g.rounding == Rounding::half_away_from_zero;
  if (g.op == PoolOp::max) return *k.max;
  if (g.op == PoolOp::min) return *k.min;
  if (g.op == PoolOp::lp) return choose_lp(g, *k.lp);
  if (g.requantizes()) return g.nominal_window() <= short_integers ? *k.requantized : *k.long_requantized;
  if (g.integers()) {
    const bool fits = g.nominal_window() <= short_integers && scales.largest() <= short_integers;
    return fits ? (away ? *k.sum_away : *k.sum) : (away ? *k.long_sum_away : *k.long_sum);
  }
  if (g.nominal_window() > short_window) return *k.long_sum;
  // A divisor given by the caller may be any 64-bit number: its reciprocal stays in f64.
  return scales.powers_of_two() && g.divisor != Divisor::fixed ? *k.sum_by_power_of_two : *k.sum;
}

// Sliding windows lose taps at the ends only.
void find_whole(const Axis& h, PoolPlanData& plan) noexcept {
  plan.whole_begin = plan.whole_end = 0;
  if (h.adaptive) return;
  while (plan.whole_begin < h.out && plan.h_taps[plan.whole_begin].count < h.kernel) ++plan.whole_begin;
  plan.whole_end = h.out;
  while (plan.whole_end > plan.whole_begin && plan.h_taps[plan.whole_end - 1].count < h.kernel) --plan.whole_end;
}

std::int64_t bytes_of(const PoolGeometry& g) noexcept {
  return (Checked(g.src.elements() * size_of(g.src.type)) + g.dst.elements() * size_of(g.dst.type)).value();
}

Status plan_powers(PoolKernelsOf kernels_of, PoolPlanData& plan) noexcept {
  const PoolGeometry& g = plan.geometry;
  plan.kernels = kernels_of(plan.isa, g.src.type);
  if (plan.kernels == nullptr) return no_kernels_for(g.src);
  plan_power(g, *plan.kernels->lp->powers, plan.power);
  if (!tabulate(g.d(), plan.d_taps) || !tabulate(g.h(), plan.h_taps) || !tabulate(g.w(), plan.ranges)) {
    return out_of_memory();
  }
  plan.bytes = bytes_of(g);
  return {};
}

}  // namespace

Status plan_pool(const PoolDesc& desc, const PlanOptions& options, PoolKernelsOf kernels_of,
                 PoolPlanData& plan) noexcept {
  Status s;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, plan.isa))) return s;
  if (!(s = check_pool(desc, plan.geometry))) return s;
  if (plan.geometry.empty) return {};
  if (!(s = choose_pool_walk(plan.geometry))) return s;
  return plan.geometry.raises() ? plan_powers(kernels_of, plan)
                                : plan_checked_pool(options.store, plan.geometry.c, kernels_of, plan);
}

Status plan_checked_pool(StorePolicy store, std::int64_t most_channels, PoolKernelsOf kernels_of,
                         PoolPlanData& plan) noexcept {
  const PoolGeometry& g = plan.geometry;
  if (g.raises()) return unsupported("p is %s, in a chain it must be 1, 2 or infinity", Number(g.p).text);
  plan.schedule = {};
  plan.kernels = kernels_of(plan.isa, g.src.type);
  if (plan.kernels == nullptr) return no_kernels_for(g.src);
  if (!plan.scales.make(g)) return out_of_memory();
  plan.reduction = &choose_reduction(g, plan.scales, *plan.kernels);
  if (!schedule_pool(g, *plan.reduction, plan.kernels->lanes, plan.scales.step() == 0, most_channels, plan.schedule)) {
    return invalid("the workspace of this pooling would exceed 64 bits");
  }
  if (!tabulate(g.d(), plan.d_taps) || !tabulate(g.h(), plan.h_taps)) return out_of_memory();
  const bool windows = by_windows(plan.schedule.stages);
  if ((plan.schedule.clipped || windows) && !tabulate(g.w(), plan.ranges)) return out_of_memory();
  find_whole(g.h(), plan);
  plan.bytes = bytes_of(g);
  // Few outputs of long sums are not worth it, nor do they come in whole vectors.
  const std::int64_t bytes = size_of(g.src.type);
  const bool whole_vectors = plan.reduction->accumulator_bytes == bytes;
  plan.stream = windows && whole_vectors && streams(store, g.dst.elements() * bytes);
  plan.ahead = comes_from_memory(plan.bytes);
  return {};
}

}  // namespace poolnorm
