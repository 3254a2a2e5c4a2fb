#include "plan/spread_plan.hpp"

#include <algorithm>

#include "dispatch/choose.hpp"
#include "dispatch/index_kernels.hpp"
#include "dispatch/spread_kernels.hpp"
#include "dispatch/spread_power_kernels.hpp"
#include "plan/exponent.hpp"
#include "plan/grain.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {
namespace {

constexpr std::int64_t most_shifted = 1 << 20;
constexpr std::int64_t block_budget = 24 * 1024;  // of the quotients of a band

// Whether the elements of a row lie side by side; of a plane.
bool packed_row(std::int64_t elements, const std::int64_t* strides) noexcept {
  return elements == 1 || strides[4] == 1;
}
bool packed_plane(const PoolGeometry& g) noexcept {
  const std::int64_t *s = g.src_strides, d = g.d().in, h = g.h().in, w = g.w().in;
  return (w == 1 || s[4] == 1) && (h == 1 || s[3] == w) && (d == 1 || s[2] == h * w);
}

SpreadWay choose_way(const PoolGeometry& g) noexcept {
  if (g.walk != Walk::channels_first || g.raises()) return SpreadWay::rows;
  if (g.op == PoolOp::lp && size_of(g.src.type) < 4) return SpreadWay::rows;  // kernels are of averages alone there
  const auto sees_all = [](const Axis& a) { return a.out == 1 && a.taps(0).count == a.in; };
  if (sees_all(g.d()) && sees_all(g.h()) && sees_all(g.w()) && packed_plane(g)) return SpreadWay::all;
  const Axis& w = g.w();
  const bool packed = packed_row(w.in, g.src_strides) && packed_row(w.out, g.dst_strides);
  return packed && has_blocks(g.d(), g.h(), w) && has_lane_blocks(w) && has_phases(w) ? SpreadWay::blocks : SpreadWay::rows;
}

void choose_band(SpreadPlanData& p) noexcept {
  const Axis& h = p.geometry.h();
  const std::int64_t most = std::max<std::int64_t>(3, block_budget / (p.block_row() * p.form.lane_bytes));
  p.band = std::min(h.in, (Checked(most - 2) * h.stride).value());
  p.band_windows = std::min(h.out, (p.band + h.kernel - 2) / h.stride + 1);
}

Status plan_rows(SpreadPlanData& p) noexcept {
  const PoolGeometry& g = p.geometry;
  const Axis& w = g.w();
  if (!p.d.make(g.d()) || !p.h.make(g.h()) || !p.w.make(w)) return out_of_memory();
  if (!p.first.allocate(w.in + slack) || !p.count.allocate(w.in + slack)) return out_of_memory();
  if (!p.most.allocate(ceil_div(w.in, count_columns))) return out_of_memory();
  for (std::int64_t i = 0; i < w.in; ++i) {
    p.first[i] = static_cast<std::int32_t>(p.w.inputs[i].first);
    p.count[i] = static_cast<std::int32_t>(p.w.inputs[i].count);
    p.most[i / count_columns] = std::max(p.most[i / count_columns], p.count[i]);
  }
  const bool wide = g.walk == Walk::channels_last && g.c >= min_group;
  // Rows that give whole vectors need no tile; nor do one channel or two. Beside powers the rest is quick.
  const bool untiled = g.raises() || g.c < 3;
  p.regular =
      g.walk == Walk::channels_first && has_phases(w) && (untiled || (w.stride == 1 && w.in >= 3 * p.kernels->lanes));
  for (std::int64_t i = 0; i < w.stride && p.regular; ++i) p.phases[i] = phase_of(w, i).windows;
  if (g.walk == Walk::channels_first && !untiled && !p.regular) {
    p.kernels = &spread_kernels(p.isa, p.form.lane_bytes == 8 ? ElementType::f64 : ElementType::f32);
    p.form = {true, index_converter(p.isa, g.src.type), p.form.lane_bytes, p.kernels->to_tile, p.kernels->from_tile};
  }
  p.direct = g.op == PoolOp::average && p.d.most * p.h.most <= 1 && (wide || g.walk == Walk::channels_first);
  schedule_rings({g.n, g.c,
                  p.form.tiled ? tile_rows
                  : wide       ? 0
                               : 1,
                  p.d.reach, g.d().out == 1 ? p.h.reach : g.h().out, g.d().in * g.h().in,
                  (Checked(w.in) * p.form.lane_bytes).value()},
                 p.schedule);
  return {};
}

}  // namespace

SpreadPlanData::Range SpreadPlanData::block_windows(std::int64_t begin, std::int64_t end) const noexcept {
  const Axis& rows = geometry.h();
  const std::int64_t before = floor_div(begin + rows.pad_begin - rows.kernel, rows.stride) + 1;
  const std::int64_t behind = std::min(rows.out, ceil_div(end + rows.pad_begin, rows.stride));
  return {std::clamp<std::int64_t>(before, 0, behind), behind};
}

std::int64_t SpreadPlanData::quotient_bytes() const noexcept {
  if (way == SpreadWay::all) return 0;
  if (way == SpreadWay::blocks) return whole_lines((block_row() * band_windows + block_margin) * form.lane_bytes);
  return whole_lines((geometry.w().out * schedule.strip + 2 * margin()) * form.lane_bytes);
}
std::int64_t SpreadPlanData::row_bytes() const noexcept {
  const std::int64_t columns = geometry.w().in;
  return whole_lines(((form.tiled ? whole_tiles(columns) : columns) * schedule.strip + slack) * form.lane_bytes);
}
std::int64_t SpreadPlanData::worker_bytes() const noexcept {
  if (way != SpreadWay::rows) return quotient_bytes();
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
  if (!available(g.src.type)) return no_kernels_for(g.src);
  if (!(s = check_no_overlap("src", g.src))) return s;
  if (g.empty) return {};
  if (!(s = choose_walk({{"src", &g.src}, {"dst", &g.dst}}, false, g.walk))) return s;
  if (g.w().in > INT32_MAX || g.w().out > INT32_MAX) {
    return unsupported("a row of src or dst has %lld elements, in gradients must be <= 2147483647",
                       static_cast<long long>(std::max(g.w().in, g.w().out)));
  }
  const bool raises = g.raises();
  p.way = choose_way(g);
  p.finish = op == PoolOp::average ? SpreadFinish::sum : g.p == 1 ? SpreadFinish::with_sign : SpreadFinish::times;
  p.form.lane_bytes = raises ? 8 : lane_bytes(g.src.type);
  p.kernels = &spread_kernels(p.isa, raises ? ElementType::f64 : g.src.type);
  if (raises) {
    p.powers = &spread_power_kernels(p.isa, g.src.type);
    p.exponent = derivative_of(g.p);
  }
  if (!p.scales.make(g)) return out_of_memory();
  p.shifts = p.scales.powers_of_two() && p.scales.largest() <= most_shifted;
  if (p.way == SpreadWay::rows) {
    if (!(s = plan_rows(p))) return s;
  } else {
    schedule_rings({g.n, g.c, tile_rows, 1, 1, g.d().in * g.h().in, 1}, p.schedule);
    choose_band(p);
  }
  const std::int64_t reads = op == PoolOp::lp ? 2 : 1;  // of each size
  p.bytes = ((Checked(g.src.elements()) + g.dst.elements()) * reads * size_of(g.src.type)).value();
  return {};
}

}  // namespace poolnorm
