// How a chain is cut: units that stay in the second-level cache from the load stage to the last pool.
#include <algorithm>

#include "plan/chain_plan.hpp"
#include "plan/grain.hpp"

namespace poolnorm {
namespace {

// What a band of a unit reads.
constexpr std::int64_t band_budget = 64 * 1024;
// What each pool of a cascade reads, from the first-level cache.
constexpr std::int64_t cascade_budget = 16 * 1024;
// Outputs of one of two pools, while the other's and the inputs of both are in the second-level cache.
constexpr std::int64_t both_budget = 32 * 1024;
// A whole unit where bands would make rows twice.
constexpr std::int64_t unit_budget = 256 * 1024;
// A band of planes that walk side by side: each is read in pieces long enough for prefetchers.
constexpr std::int64_t side_by_side_budget = 1024 * 1024;
// What a window of a unit sees: about a second-level cache.
constexpr std::int64_t window_budget = 1024 * 1024;
// Channels side by side: narrower strips cost more in caches and prefetchers than their fit gains.
constexpr std::int64_t line = 16, min_strip = 64;
// More bands are not looked at one by one: bounds serve.
constexpr std::int64_t most_looked_at = 65536;

// Input rows that two neighbouring outputs share, and that one output sees; the most of any pool of t.
struct Reach {
  std::int64_t shared = 0, seen = 1, step = 1;
};

Reach reach_of(const ChainPlanData& p) noexcept {
  Reach r;
  for (int i = 0; i < p.pool_count; ++i) {
    if (p.pools[i].of >= 0) continue;
    const Axis& a = p.axis(i);
    if (a.adaptive) {
      r.seen = std::max(r.seen, a.nominal());
      r.shared = std::max(r.shared, a.nominal() - 1);
    } else {
      r.seen = std::max(r.seen, std::min(a.extent(), a.in));
      r.shared = std::max(r.shared, std::min(a.extent() - a.stride, a.in));
      r.step = std::max(r.step, std::min(a.stride, a.in));
    }
  }
  return r;
}

// Whether bands of rows could not note their mask side by side: their bits meet inside bytes.
bool bands_share_bytes(const ChainPlanData& p, std::int64_t inner) noexcept {
  const std::int64_t pixel = p.walk == Walk::channels_last ? p.c : 1;
  return p.surroundings.mask && inner % 8 * (pixel % 8) % 8 != 0;
}

bool cascades(const ChainPlanData& p) noexcept {
  for (int i = 0; i < p.pool_count; ++i) {
    if (p.pools[i].of >= 0) return true;
  }
  return false;
}

void choose_units(ChainPlanData& p, std::int64_t inner, const Reach& reach) noexcept {
  const std::int64_t rows = p.rows();
  const std::int64_t row_bytes = std::max<std::int64_t>(1, (Checked(inner) * p.element_bytes).value());
  const std::int64_t least = std::min(rows, std::max(reach.seen, reach.step));
  const bool in_order = bands_share_bytes(p, inner);
  const auto budget_of = [&](std::int64_t unit) {
    if (p.surroundings.least_unit == 1) return band_budget;
    const bool bands_are_tasks = !in_order && (Checked(p.n) * ceil_div(p.c, unit)).value() < min_tasks;
    return bands_are_tasks ? unit_budget : side_by_side_budget;
  };
  const auto rows_of = [&](std::int64_t unit) {
    const std::int64_t bytes = (Checked(row_bytes) * unit).value(), budget = budget_of(unit);
    if ((Checked(bytes) * rows).value() <= (reach.shared > 0 ? unit_budget : band_budget)) return rows;
    const std::int64_t most = std::max(budget / bytes, std::max<std::int64_t>(least, 8 * reach.shared));
    return std::min(rows, round_up(most, reach.step));
  };
  if (p.walk == Walk::channels_first) {
    const std::int64_t plane = (Checked(row_bytes) * rows).value();
    const std::int64_t shared = std::max<std::int64_t>(1, (Checked(p.n) * p.c).value() / min_tasks);
    const std::int64_t fits = std::min((cascades(p) ? cascade_budget : band_budget) / plane, shared);
    p.unit = std::min(p.c, round_up(std::max<std::int64_t>(fits, 1), p.surroundings.least_unit));
  } else {
    // Strips, where the rows that a window sees do not fit otherwise.
    const std::int64_t window = (Checked(row_bytes) * least).value();
    const std::int64_t fits = std::max(min_strip, window_budget / window / line * line);
    p.unit = p.c <= fits ? p.c : std::min(p.c, round_up(ceil_div(p.c, ceil_div(p.c, fits)), line));
    const std::int64_t bands = in_order ? 1 : ceil_div(rows, rows_of(p.unit));
    const std::int64_t tasks = (Checked(p.n) * bands).value();
    if (tasks < min_tasks && p.unit > min_strip) {
      p.unit = std::min(p.unit, std::max(min_strip, round_up(p.c * tasks / min_tasks, line)));
    }
    // Strips share no byte of a mask.
    if (p.surroundings.mask && p.c % 8 != 0) p.unit = p.c;
  }
  p.units = ceil_div(p.c, p.unit);
  p.band = rows_of(p.unit);
  p.bands = ceil_div(rows, p.band);
}

// Whether a band reads rows of the one before.
bool bands_meet(const ChainPlanData& p) noexcept {
  if (p.bands > most_looked_at) return true;
  for (std::int64_t b = 1; b < p.bands; ++b) {
    for (int i = 0; i < p.pool_count; ++i) {
      if (p.pools[i].of < 0 && p.first_row(i, p.ready(i, b * p.band)) < b * p.band) return true;
    }
  }
  return false;
}

// The most rows that a band needs, those before it included.
std::int64_t rows_seen(const ChainPlanData& p, const Reach& reach) noexcept {
  // A window that is still to come ends behind the band before.
  if (p.bands > most_looked_at) return std::min(p.rows(), (Checked(p.band) + reach.seen - 1).value());
  std::int64_t most = 0;
  for (std::int64_t b = 0; b < p.bands; ++b) {
    std::int64_t first = b * p.band;
    for (int i = 0; i < p.pool_count; ++i) {
      if (p.pools[i].of < 0) first = std::min(first, p.first_row(i, b == 0 ? 0 : p.ready(i, b * p.band)));
    }
    most = std::max(most, std::min(p.rows(), (b + 1) * p.band) - first);
  }
  return most;
}

bool needs_buffer(const ChainPlanData& p) noexcept {
  if (p.load != ChainLoad::commuted) return p.load == ChainLoad::buffer;
  return std::any_of(p.orders.data(), p.orders.data() + p.c, [](ChannelOrder o) { return o == ChannelOrder::direct; });
}

}  // namespace

bool schedule_chain(ChainPlanData& p) noexcept {
  p.sweep = 1;
  if (p.in[0] > 1) p.sweep = 0;
  for (int i = 0; i < p.pool_count; ++i) {
    if (p.pools[i].pool.geometry.d().out > 1) p.sweep = 0;
  }
  const std::int64_t inner = p.sweep == 0 ? p.in[1] * p.in[2] : p.in[2];
  const Reach reach = reach_of(p);
  choose_units(p, inner, reach);
  p.in_order =
      p.bands > 1 && (cascades(p) || bands_share_bytes(p, inner) || (p.load == ChainLoad::intermediate && bands_meet(p)));
  const Checked tasks = Checked(p.n) * p.units * (p.in_order ? 1 : p.bands);
  p.tasks = tasks.value();

  if (p.load == ChainLoad::both) {
    const PoolGeometry& g = p.pools[0].pool.geometry;
    const Checked row = Checked(g.w().out) * p.unit * p.element_bytes;
    if (!(row + 64).fits()) return false;
    p.both_rows = std::clamp<std::int64_t>(both_budget / row.value(), 1, g.d().out * g.h().out);
    if (!(row * p.both_rows + 64).fits()) return false;
    p.buffer_bytes = round_up((row * p.both_rows).value(), 64);
    p.buffer_strides[1] = 1;
    p.buffer_strides[4] = p.unit;
    p.buffer_strides[3] = g.w().out * p.unit;
    p.buffer_strides[2] = g.h().out * p.buffer_strides[3];
  }
  if (needs_buffer(p)) {
    p.buffer_rows = rows_seen(p, reach);
    const Checked elements = Checked(p.buffer_rows) * inner * p.unit;
    if (!(elements * p.element_bytes + 64).fits()) return false;
    p.buffer_bytes = round_up(elements.value() * p.element_bytes, 64);
    const bool first = p.walk == Walk::channels_first;
    const std::int64_t pixel = first ? 1 : p.unit;
    p.buffer_strides[1] = first ? p.buffer_rows * inner : 1;
    p.buffer_strides[2] = p.in[1] * p.in[2] * pixel;
    p.buffer_strides[3] = p.in[2] * pixel;
    p.buffer_strides[4] = pixel;
  }
  return tasks.fits();
}

}  // namespace poolnorm
