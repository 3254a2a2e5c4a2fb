#include "plan/spread_plan.hpp"

#include <algorithm>

#include "dispatch/choose.hpp"
#include "dispatch/index_kernels.hpp"
#include "dispatch/spread_kernels.hpp"
#include "dispatch/spread_power_kernels.hpp"
#include "plan/exponent.hpp"
#include "plan/index_plan.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {
namespace {

constexpr std::int64_t min_group = 8;

}  // namespace

std::int64_t SpreadPlanData::quotient_bytes() const noexcept {
  return whole_lines((geometry.w().out * schedule.strip + 2 * margin()) * form.lane_bytes);
}
std::int64_t SpreadPlanData::row_bytes() const noexcept {
  const std::int64_t columns = geometry.w().in;
  return whole_lines(((form.tiled ? whole_tiles(columns) : columns) * schedule.strip + slack) * form.lane_bytes);
}
std::int64_t SpreadPlanData::worker_bytes() const noexcept {
  const bool lp = geometry.op == PoolOp::lp;
  return quotient_bytes() + (slots() + 2) * row_bytes() + (divides_by_norm() ? 2 : 1) * windows_bytes() +
         (lp ? inputs_bytes() : 0) + tile_rows * staged_row_bytes() + whole_lines(slots() * 8) +
         whole_lines(most_rows() * 8);
}

Status plan_spread(const PoolDesc& desc, PoolOp op, const PlanOptions& options, SpreadPlanData& p) noexcept {
  Status s;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, p.isa))) return s;
  PoolGeometry& g = p.geometry;
  if (!(s = check_pool(desc, g))) return s;
  if (desc.op != op) {
    return invalid("op is %d, must be %s (%d)", static_cast<int>(desc.op), op == PoolOp::lp ? "lp" : "average",
                   static_cast<int>(op));
  }
  if (!g.adds_up() && !g.raises()) return unsupported("p is %s, a gradient's must be finite", Number(g.p).text);
  if (g.integers()) return unsupported("src.type is %s, gradients are of f32, f16, bf16 and f64", name(g.src.type));
  if (!available(g.src.type))
    return unsupported("src.type is %s, which this build has no kernels for", name(g.src.type));
  if (!(s = check_no_overlap("src", g.src))) return s;
  if (g.empty) return {};
  if (!(s = choose_walk({{"src", &g.src}, {"dst", &g.dst}}, false, g.walk))) return s;
  if (g.w().in > INT32_MAX || g.w().out > INT32_MAX) {
    return unsupported("a row of src or dst has %lld elements, in gradients must be <= 2147483647",
                       static_cast<long long>(std::max(g.w().in, g.w().out)));
  }
  const bool raises = g.raises();
  p.kernels = &spread_kernels(p.isa, raises ? ElementType::f64 : g.src.type);
  if (raises) {
    p.powers = &spread_power_kernels(p.isa, g.src.type);
    p.exponent = derivative_of(g.p);
    p.form.lane_bytes = 8;
  } else {
    p.form = {false, index_converter(p.isa, g.src.type), lane_bytes(g.src.type), p.kernels->to_tile,
              p.kernels->from_tile};
  }
  const Axis& w = g.w();
  if (!p.scales.make(g) || !p.d.make(g.d()) || !p.h.make(g.h()) || !p.w.make(w)) return out_of_memory();
  if (!p.first.allocate(w.in + slack) || !p.count.allocate(w.in + slack)) return out_of_memory();
  for (std::int64_t i = 0; i < w.in; ++i) {
    p.first[i] = static_cast<std::int32_t>(p.w.inputs[i].first);
    p.count[i] = static_cast<std::int32_t>(p.w.inputs[i].count);
  }
  const bool wide = g.walk == Walk::channels_last && g.c >= min_group;
  // Rows that give whole vectors need no tile; nor do one channel or two. Beside powers the rest is quick.
  const bool untiled = raises || g.c < 3;
  p.regular =
      g.walk == Walk::channels_first && has_phases(w) && (untiled || (w.stride == 1 && w.in >= 3 * p.kernels->lanes));
  for (std::int64_t i = 0; i < w.stride && p.regular; ++i) p.phases[i] = phase_of(w, i).windows;
  p.form.tiled = g.walk == Walk::channels_first && !untiled && !p.regular;
  p.direct = op == PoolOp::average && p.d.most * p.h.most <= 1 && (wide || g.walk == Walk::channels_first);
  schedule_rings({g.n, g.c,
                  p.form.tiled ? tile_rows
                  : wide       ? 0
                               : 1,
                  p.d.reach, g.d().out == 1 ? p.h.reach : g.h().out, g.d().in * g.h().in,
                  (Checked(w.in) * p.form.lane_bytes).value()},
                 p.schedule);
  const std::int64_t reads = op == PoolOp::lp ? 2 : 1;  // of each size
  p.bytes = ((Checked(g.src.elements()) + g.dst.elements()) * reads * size_of(g.src.type)).value();
  return {};
}

}  // namespace poolnorm
