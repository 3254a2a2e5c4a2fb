#include "plan/collect_plan.hpp"

#include <algorithm>

#include "dispatch/index_kernels.hpp"
#include "plan/grain.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

// Of blocks: at their borders, and behind the last whole vector, they cost more.
constexpr std::int64_t min_block_channels = 32, min_block_windows = 6;
// Along rows with indices whose taps need names: fewer are named no faster than scattered.
constexpr std::int64_t min_named_lanes = 8;
// Windows that see an input, for each lane: more are scattered sooner than looked at.
constexpr std::int64_t most_seen = 4;
constexpr std::int64_t most_places = 1 << 30, most_columns = 1 << 20;
// Rows of windows of a task, and of one row of inputs where that is wide.
constexpr std::int64_t band_budget = 64 * 1024, row_budget = 1024 * 1024;
constexpr std::int64_t min_strip = 32;

bool none_empty(const Array<TapRange>& taps, const Axis& a) noexcept {
  return std::all_of(taps.data(), taps.data() + a.out, [](const TapRange& t) { return t.count > 0; });
}

// Whether every place fits, and every window sees an input.
bool has_places(const ScatterPlanData& s) noexcept {
  const PoolGeometry& g = s.geometry.pool;
  for (const Axis& a : {g.d(), g.h(), g.w()}) {
    if (a.in > most_columns || a.out > most_columns) return false;
  }
  return s.geometry.plane < most_places && none_empty(s.d_taps, g.d()) && none_empty(s.h_taps, g.h()) && none_empty(s.w_taps, g.w());
}

// Whether every place is a sum of what a slice, a row and a column add, and vectors can be made of windows.
bool can_collect(const ScatterPlanData& s, const CollectKernels& k) noexcept {
  const PoolGeometry& g = s.geometry.pool;
  const Axis& w = g.w();
  const bool last = g.walk == Walk::channels_last;
  if ((last ? k.collect : k.collect_along) == nullptr) return false;
  if (s.geometry.type == IndexType::u8 && (g.d().adaptive || g.h().adaptive || w.adaptive)) return false;
  return last ? g.c >= min_group : has_phases(w) && w.in >= 2 * k.lanes;
}

// Whether windows are small, and their taps have names.
bool by_blocks(const ScatterPlanData& s, const CollectKernels& k) noexcept {
  const IndexGeometry& i = s.geometry;
  const Axis& w = i.pool.w();
  const bool last = i.pool.walk == Walk::channels_last, named = i.type == IndexType::u8;
  if ((last ? k.blocks : k.blocks_along) == nullptr || !has_blocks(i.pool.d(), i.pool.h(), w)) return false;
  const Checked indices = (Checked(i.pool.n) * i.pool.c - 1) * i.step_plane + i.plane;
  if (!s.adds && w.stride < w.kernel) return false;
  if (!named && !last && k.lanes < min_named_lanes) return false;
  if (!named && (i.step_w != 1 || i.step_h < w.kernel || indices.value() > INT32_MAX)) return false;
  return last ? i.pool.c >= min_block_channels : w.out >= min_block_windows && has_lane_blocks(w);
}

// `tap`: what the next tap of a window adds to a place; 0: places count inputs, and the next adds `input`.
Status tabulate(const Axis& a, std::int64_t tap, std::int64_t input, SeenPlaces& p) noexcept {
  SeenAxis seen;
  if (!seen.make(a)) return out_of_memory();
  for (Array<std::int32_t>* table : {&p.first, &p.count, &p.place}) {
    if (!table->allocate(a.in)) return out_of_memory();
  }
  p.step = seen.step;
  p.most = seen.most;
  if (seen.steps && tap != 0) p.more = static_cast<std::int32_t>(-seen.step * a.stride / a.dilation * tap);
  for (std::int64_t i = 0; i < a.in; ++i) {
    const Seen& s = seen.inputs[i];
    p.first[i] = static_cast<std::int32_t>(s.first);
    p.count[i] = static_cast<std::int32_t>(s.count);
    if (s.count == 0) continue;
    p.place[i] = static_cast<std::int32_t>(tap == 0 ? i * input : (i - a.start(s.first)) / a.dilation * tap);
  }
  return {};
}

std::int64_t most_band_windows(const SeenPlaces& h, std::int64_t rows, std::int64_t band) noexcept {
  std::int64_t most = 1;
  for (std::int64_t begin = 0; begin < rows; begin += band) {
    const SeenPlaces::Range r = h.seen(begin, std::min(rows, begin + band));
    most = std::max(most, r.last - r.first);
  }
  return most;
}

// False where a row of inputs sees too much.
bool schedule(const PoolGeometry& g, CollectPlanData& p) noexcept {
  const std::int64_t rows = g.h().in;
  const std::int64_t element = p.gradient_bytes() + p.place_bytes();  // of a row of windows that is copied
  const auto copied = [&](std::int64_t band, std::int64_t row) {
    return (Checked(p.d.most) * most_band_windows(p.h, rows, band) * row * element).value();
  };
  const auto bytes = [&](std::int64_t band) { return copied(band, g.w().out * p.strip); };
  const auto bytes_with_margins = [&](std::int64_t band) { return copied(band, g.w().out * p.strip + 2 * p.margin); };
  if (g.walk == Walk::channels_last) {
    const std::int64_t one = bytes(1);
    p.strip = one == 0 ? g.c : std::min(g.c, std::max(min_strip, band_budget / one / 16 * 16));
  }
  p.slabs = ceil_div(g.c, p.strip);
  const std::int64_t parts = g.n * p.slabs * g.d().in;
  p.band = parts >= min_tasks ? rows : ceil_div(rows, ceil_div(min_tasks, parts));
  const auto sums = [&](std::int64_t band) { return (Checked(band) * p.form.copy_bytes(g.w().in, p.strip)).value(); };
  while (p.band > 1 && (bytes(p.band) > band_budget || bytes_with_margins(p.band) > 4 * band_budget || sums(p.band) > 4 * band_budget)) {
    p.band = ceil_div(p.band, 2);
  }
  p.band_windows = most_band_windows(p.h, rows, p.band);
  p.bands = ceil_div(rows, p.band);
  p.tasks = parts * p.bands;
  return bytes_with_margins(p.band) <= row_budget && sums(p.band) <= row_budget;
}

}  // namespace

SeenPlaces::Range SeenPlaces::seen(std::int64_t begin, std::int64_t end) const noexcept {
  std::int64_t low = INT64_MAX, high = 0;
  for (std::int64_t i = begin; i < end; ++i) {
    if (count[i] == 0) continue;
    low = std::min<std::int64_t>(low, first[i]);
    high = std::max(high, first[i] + (count[i] - 1) * step + 1);
  }
  return {std::min(low, high), high};
}

Status plan_way_back(const MaxIndicesDesc& desc, bool adds, const PlanOptions& options, WayBackPlanData& plan) noexcept {
  Status status;
  ScatterPlanData& s = plan.scatter;
  CollectPlanData& p = plan.collect;
  if (!(status = plan_scatter(desc, adds, options, s))) return status;
  const IndexGeometry& i = s.geometry;
  const PoolGeometry& g = i.pool;
  if (g.empty) return {};
  p.kernels = adds ? &collect_kernels(s.isa, g.src.type) : &unpool_kernels(s.isa, g.src.type);
  p.blocks = has_places(s) && by_blocks(s, *p.kernels);
  if (!p.blocks && !(has_places(s) && can_collect(s, *p.kernels))) return {};
  const Axis &h = g.h(), &w = g.w();
  const bool in_window = i.type == IndexType::u8;
  if (!(status = tabulate(g.d(), in_window ? h.kernel * w.kernel : 0, i.step_d, p.d))) return status;
  if (!(status = tabulate(h, in_window ? w.kernel : 0, i.step_h, p.h))) return status;
  if (!(status = tabulate(w, in_window ? 1 : 0, i.step_w, p.w))) return status;
  if (g.walk == Walk::channels_first && !p.blocks) {
    for (std::int64_t k = 0; k < w.stride; ++k) {
      const Phase phase = phase_of(w, k);
      p.phases[k] = {phase.windows, static_cast<std::int32_t>(in_window ? phase.tap : k * i.step_w)};
    }
    p.margin = phase_margin(w);
  }
  p.names_given = p.blocks && in_window;
  if (!p.blocks) {
    const ConvertKernels* const convert = adds ? s.convert : bits_converter(s.isa, g.src.type);
    p.form = {false, convert, lane_bytes(g.src.type), nullptr, nullptr};
  }
  p.windows = g.dst.elements();
  plan.collects = schedule(g, p) && p.d.most * p.h.most * p.w.most <= most_seen * p.kernels->lanes;
  return {};
}

}  // namespace poolnorm
