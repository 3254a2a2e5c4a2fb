#include "plan/index_plan.hpp"

#include <algorithm>

#include "dispatch/choose.hpp"
#include "dispatch/index_kernels.hpp"
#include "plan/grain.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {
namespace {

using ll = long long;

// Bytes that a band of output rows reads and writes.
constexpr std::int64_t band_budget = 32 * 1024;

Status check_enumerators(const MaxIndicesDesc& desc) noexcept {
  Status s;
  if (!(s = check_known("index_type", desc.index_type, IndexType::i64))) return s;
  if (!(s = check_known("index_order", desc.index_order, IndexOrder::column_major))) return s;
  if (!(s = check_known("index_scope", desc.index_scope, IndexScope::tensor))) return s;
  if (desc.index_type != IndexType::u8) return {};
  if (desc.index_order != IndexOrder::row_major) return invalid("index_order is column_major, u8 counts in the window");
  if (desc.index_scope != IndexScope::plane) return invalid("index_scope is tensor, u8 counts in the window");
  return {};
}

Status check_index_type(const IndexGeometry& g) noexcept {
  const PoolGeometry& p = g.pool;
  if (g.type == IndexType::u8) {
    const std::int64_t window = p.nominal_window();
    if (window > 255) return invalid("index_type is u8, a window has %lld taps, must be <= 255", ll{window});
  }
  if (g.type == IndexType::i32 && g.plane > INT32_MAX) {
    return invalid("index_type is i32, a plane has %lld elements, must be <= 2147483647", ll{g.plane});
  }
  if (g.type == IndexType::i32 && g.step_plane != 0 && p.src.elements() > INT32_MAX) {
    return invalid("index_type is i32, src has %lld elements, must be <= 2147483647 in one tensor",
                   ll{p.src.elements()});
  }
  if (g.step_w != 1 && g.plane > INT32_MAX) {
    return unsupported("index_order is column_major, a plane has %lld elements, must be <= 2147483647", ll{g.plane});
  }
  return {};
}

void tabulate_windows(MaxIndicesPlanData& plan) noexcept {
  const Axis& w = plan.geometry.pool.w();
  const bool in_window = plan.geometry.type == IndexType::u8;
  for (std::int64_t o = 0; o < w.out; ++o) {
    const TapRange& t = plan.w_taps[o];
    plan.first[o] = static_cast<std::int32_t>(t.first);
    plan.last[o] = static_cast<std::int32_t>(t.count == 0 ? t.first : t.first + (t.count - 1) * w.dilation);
    plan.base[o] = static_cast<std::int32_t>(in_window ? (w.adaptive ? 0 : t.skipped) : t.first * plan.geometry.step_w);
    plan.kernel[o] = static_cast<std::int32_t>(!in_window ? 1 : w.adaptive ? t.count : w.kernel);
    plan.taps = std::max(plan.taps, t.count);
    plan.empty_windows = plan.empty_windows || t.count == 0;
  }
  for (std::int64_t o = w.out; o < w.out + slack; ++o) plan.w_taps[o] = {0, 1, 0};
  if (w.adaptive || w.stride > 2 || (w.stride == 2 && w.dilation > 1)) return;
  while (plan.whole_begin < w.out && plan.w_taps[plan.whole_begin].count < w.kernel) ++plan.whole_begin;
  plan.whole_end = w.out;
  while (plan.whole_end > plan.whole_begin && plan.w_taps[plan.whole_end - 1].count < w.kernel) --plan.whole_end;
}

// Windows of kernels/index_band.hpp, each with a tap inside.
bool comes_in_bands(const MaxIndicesPlanData& plan) noexcept {
  const PoolGeometry& g = plan.geometry.pool;
  const Axis &h = g.h(), &w = g.w();
  if (plan.kernels->band == nullptr || g.walk != Walk::channels_first || plan.geometry.plane > INT32_MAX) return false;
  if (!g.d().trivial() || h.adaptive || w.adaptive || h.dilation != 1 || w.dilation != 1) return false;
  if (h.kernel != w.kernel || w.kernel < 2 || w.kernel > 3 || h.stride != w.stride || w.stride < 1 || w.stride > 2) return false;
  return h.pad_begin <= 1 && w.pad_begin <= 1 && !plan.empty_windows && h.taps(h.out - 1).count > 0;
}

// Read and written.
std::int64_t bytes_of(const IndexGeometry& g) noexcept {
  const std::int64_t bytes = size_of(g.pool.src.type);
  return (Checked(g.pool.src.elements()) * bytes + Checked(g.pool.dst.elements()) * (bytes + size_of(g.type))).value();
}

}  // namespace

const char* name(IndexType type) noexcept {
  const char* const names[] = {"u8", "i32", "i64"};
  return names[static_cast<int>(type)];
}

const char* counting(const IndexGeometry& g) noexcept {
  const bool tensor = g.step_plane != 0;
  if (g.step_w != 1) return tensor ? ",column_major,tensor" : ",column_major";
  return tensor ? ",tensor" : "";
}

const char* name(const MaxIndicesPlanData& plan) noexcept {
  if (plan.band_rows > 0) return "bands";
  return plan.direct ? "direct" : plan.schedule.keeps ? "rows+down" : "rows+merge";
}

Status check_indices(const MaxIndicesDesc& desc, bool writes_src, IndexGeometry& g) noexcept {
  Status s;
  if (!(s = check_enumerators(desc))) return s;
  if (!(s = check_pool(desc.pool, g.pool))) return s;
  if (!available(g.pool.src.type)) return no_kernels_for(g.pool.src);
  if (desc.pool.op != PoolOp::max) {
    return invalid("op is %d, only max (%d) has indices", static_cast<int>(desc.pool.op),
                   static_cast<int>(PoolOp::max));
  }
  if (writes_src && !(s = check_no_overlap("src", g.pool.src))) return s;
  g.type = desc.index_type;
  g.indices = desc.indices;
  const TensorDesc& dst = g.pool.dst;
  if (desc.indices.rank == 0) {
    const Dims dims(dst.dims, dst.rank);
    g.indices = walk_of(dst) == Walk::channels_last ? nhwc(dims) : nchw(dims);
  } else {
    g.indices.type = ElementType::f32;
    if (!(s = check_tensor("indices", g.indices, 3))) return s;
    if (g.indices.rank != dst.rank) return invalid("indices.rank is %d, dst has %d", g.indices.rank, dst.rank);
    for (int i = 0; i < dst.rank; ++i) {
      if (g.indices.dims[i] != dst.dims[i]) {
        return invalid("indices.dims[%d] is %lld, dst has %lld", i, ll{g.indices.dims[i]}, ll{dst.dims[i]});
      }
    }
    if (!(s = check_no_overlap("indices", g.indices))) return s;
  }
  if (!(Checked(span(g.indices)) * size_of(g.type)).fits()) return invalid("indices spans more than 2^63 bytes");
  const Axis &d = g.pool.d(), &h = g.pool.h(), &w = g.pool.w();
  g.plane = (Checked(d.in) * h.in * w.in).value();
  const bool by_columns = desc.index_order == IndexOrder::column_major;
  g.step_d = by_columns ? 1 : (Checked(h.in) * w.in).value();
  g.step_h = by_columns ? d.in : w.in;
  g.step_w = by_columns ? (Checked(d.in) * h.in).value() : 1;
  g.step_plane = desc.index_scope == IndexScope::tensor ? g.plane : 0;
  if (!(s = check_index_type(g)) || g.pool.empty) return s;
  spread_strides(g.indices, g.index_strides);
  return choose_walk({{"src", &g.pool.src}, {"dst", &dst}, {"indices", &g.indices}}, g.rows_only, g.pool.walk);
}

std::int64_t MaxIndicesPlanData::index_bytes() const noexcept {
  const std::int64_t windows = geometry.pool.w().out;
  return whole_lines(((form.tiled ? whole_tiles(windows) : windows) * schedule.strip + slack) * 4);
}
std::int64_t MaxIndicesPlanData::value_bytes() const noexcept { return index_bytes() * (form.lane_bytes / 4); }
std::int64_t MaxIndicesPlanData::slots() const noexcept { return direct ? 0 : ring_slots(); }
std::int64_t MaxIndicesPlanData::copies() const noexcept { return !form.copies() ? 0 : direct ? ring_slots() : 1; }
std::int64_t MaxIndicesPlanData::index_row_bytes() const noexcept {
  return form.tiled ? whole_lines((geometry.pool.w().out + slack) * 4) : 0;
}
std::int64_t MaxIndicesPlanData::most_rows() const noexcept {
  if (!direct && !schedule.keeps) return 2;
  return std::max<std::int64_t>(2, most_taps(geometry.pool.d()) * most_taps(geometry.pool.h()));
}
std::int64_t MaxIndicesPlanData::worker_bytes() const noexcept {
  if (band_rows > 0) return band_src_bytes() + band_dst_bytes() + band_index_bytes();
  return (slots() + 1) * row_bytes() + copies() * copy_bytes() + tile_rows * (staged_row_bytes() + index_row_bytes()) +
         whole_lines(ring_slots() * 9) + whole_lines(most_rows() * 20);
}

Status plan_max_indices(const MaxIndicesDesc& desc, const PlanOptions& options, MaxIndicesPlanData& plan) noexcept {
  Status s;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, plan.isa))) return s;
  if (!(s = check_indices(desc, false, plan.geometry))) return s;
  const PoolGeometry& g = plan.geometry.pool;
  if (g.empty) return {};
  // Within a window, and along a row, indices are 32 bits.
  const Axis &d = g.d(), &h = g.h(), &w = g.w();
  const bool last = g.walk == Walk::channels_last;
  const Checked spans = (Checked(reach(d) - 1) * h.in + reach(h)) * w.in;
  if (spans.value() > INT32_MAX || (Checked(w.in) * g.src_strides[4]).value() > INT32_MAX) {
    return unsupported("a row or a window of src spans %lld elements, with indices must be <= 2147483647",
                       ll{std::max(spans.value(), (Checked(w.in) * g.src_strides[4]).value())});
  }
  plan.kernels = &index_kernels(plan.isa, g.src.type);
  plan.form = {false, index_converter(plan.isa, g.src.type), lane_bytes(g.src.type), plan.kernels->to_tile,
               plan.kernels->from_tile};
  if (!tabulate(d, plan.d_taps) || !tabulate(h, plan.h_taps) || !tabulate(w, plan.w_taps, slack)) return out_of_memory();
  for (Array<std::int32_t>* table : {&plan.first, &plan.last, &plan.base, &plan.kernel}) {
    if (!table->allocate(w.out + slack)) return out_of_memory();
  }
  tabulate_windows(plan);
  if (comes_in_bands(plan)) {
    schedule_rings({g.n, g.c, 1, 0, 0, h.out, 0}, plan.schedule);
    const std::int64_t row_bytes = w.in * 4 * h.stride + w.out * (4 + size_of(plan.geometry.type));
    plan.band_rows = std::clamp<std::int64_t>(band_budget / row_bytes, 1, plan.schedule.task_rows);
    plan.bytes = bytes_of(plan.geometry);
    return {};
  }
  const bool wide = last && g.c >= min_group;
  // Rows that give whole vectors of windows need no tile; nor do one channel or two.
  plan.form.tiled = !last && g.c >= 3 && (w.stride != 1 || plan.whole_end - plan.whole_begin < 3 * plan.kernels->lanes);
  plan.columns = plan.form.copies() ? w.seen() : w.in;
  plan.direct = (wide || plan.form.tiled) && most_taps(d) * most_taps(h) * plan.taps <= direct_taps;
  const bool rows = !plan.direct || plan.form.copies();
  const std::int64_t row =
      (plan.direct ? Checked(plan.columns) * plan.form.lane_bytes : Checked(w.out) * (plan.form.lane_bytes + 4)).value();
  schedule_rings({g.n, g.c,
                  plan.form.tiled ? tile_rows
                  : wide          ? 0
                                  : 1,
                  rows ? reach(d) : 0, rows ? (d.in == 1 ? reach(h) : h.in) : 0, d.out * h.out, row},
                 plan.schedule);
  if (plan.form.copies() && plan.direct && !plan.schedule.keeps) plan.direct = false;
  if (!(Checked(plan.slots() + 1) * plan.row_bytes()).fits()) {
    return invalid("the workspace of this pooling would exceed 64 bits");
  }
  plan.bytes = bytes_of(plan.geometry);
  return {};
}

Status plan_scatter(const MaxIndicesDesc& desc, bool adds, const PlanOptions& options, ScatterPlanData& plan) noexcept {
  Status s;
  plan.adds = adds;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, plan.isa))) return s;
  if (!(s = check_indices(desc, true, plan.geometry))) return s;
  const PoolGeometry& g = plan.geometry.pool;
  if (adds && g.integers())
    return unsupported("src.type is %s, gradients are of f32, f16, bf16 and f64", name(g.src.type));
  if (g.empty) return {};
  if (!tabulate(g.d(), plan.d_taps) || !tabulate(g.h(), plan.h_taps) || !tabulate(g.w(), plan.w_taps)) {
    return out_of_memory();
  }
  if (adds) plan.convert = index_converter(plan.isa, g.src.type);
  // Whole pixels, or whole lines of them where a batch gives too few tasks, or planes of sums too many bytes.
  if (g.walk == Walk::channels_last) {
    constexpr std::int64_t line = 16, planes_budget = 1024 * 1024;
    const std::int64_t parts = ceil_div(min_tasks, g.n);
    plan.strip = std::min(g.c, ceil_div(ceil_div(g.c, parts), line) * line);
    if (plan.convert != nullptr) {
      plan.strip = std::clamp<std::int64_t>(planes_budget / (Checked(plan.geometry.plane) * 4).value() / line * line,
                                            std::min(line, plan.strip), plan.strip);
    }
  }
  std::copy_n(g.src_strides, max_rank, plan.strides);
  if (plan.convert != nullptr) {
    if (!(Checked(plan.geometry.plane) * plan.strip * 4 + plan.row_bytes() + 128).fits()) {
      return invalid("the workspace of this pooling would exceed 64 bits");
    }
    plan.strides[0] = 0;
    plan.strides[1] = g.walk == Walk::channels_last ? 1 : 0;
    plan.strides[4] = plan.strip;
    plan.strides[3] = g.w().in * plan.strip;
    plan.strides[2] = g.h().in * plan.strides[3];
  }
  if (plan.geometry.type == IndexType::u8) {
    const std::int64_t h = g.h().kernel, w = g.w().kernel;
    for (std::int64_t t = 0; t < g.nominal_window(); ++t) {
      // Of windows that lie inside; others may reach anywhere.
      plan.tap_offset[t] = (Checked(t / (h * w)) * g.d().dilation * plan.strides[2] +
                            Checked(t / w % h) * g.h().dilation * plan.strides[3] +
                            Checked(t % w) * g.w().dilation * plan.strides[4])
                               .value();
    }
  }
  plan.slabs = ceil_div(g.c, plan.strip);
  plan.tasks = g.n * plan.slabs;
  plan.bytes = bytes_of(plan.geometry);
  return {};
}

}  // namespace poolnorm
