#include "plan/pool_schedule.hpp"

#include <algorithm>

#include "plan/grain.hpp"

namespace poolnorm {
namespace {

// Accumulator rows and tiles of a task share the first-level cache with the input that streams by.
constexpr std::int64_t rows_budget = 16 * 1024;
// What one task reads: some tens of microseconds of work.
constexpr std::int64_t task_budget = 64 * 1024;
// A pooling of few output rows is cut into min_tasks as long as each reads so much: narrower strips are read in
// shorter pieces, which costs one thread more than it gives two.
constexpr std::int64_t min_task_bytes = 128 * 1024;
// Of windows that stand alone strips cost still more: half the channels are read at two thirds of the speed.
constexpr std::int64_t min_alone_bytes = 512 * 1024, min_alone = 256;
// Columns of windows that overlap stay in a ring up to this many.
constexpr std::int64_t most_rolling = 16;
// Of fewer channels a window costs more than they do: of 3 x 3 and stride 1 (of stride 2: fewer than a vector), and of others, whose rows
// lie in a buffer then.
constexpr std::int64_t least_rolling_three = 17, least_rolling = 65;
// Columns in the ring, or lanes of windows that stand alone: bytes, and elements between them, which then do not lie a page apart.
constexpr std::int64_t kept_budget = 32 * 1024, kept_gap = 32;
// Elements of a tall window's row that are read at a time.
constexpr std::int64_t side_by_side = 512;
// Windows of this many taps along W are reduced along the row.
constexpr std::int64_t long_window = 48;
// Rows that share columns are walked several vectors at a time, far apart: narrow strips cost more than
// what does not fit.
constexpr std::int64_t sliding_budget = 32 * 1024;

// `total` in equal parts of at most `most`.
std::int64_t even_part(std::int64_t total, std::int64_t most) noexcept {
  most = std::clamp<std::int64_t>(most, 1, std::max<std::int64_t>(total, 1));
  return ceil_div(total, ceil_div(std::max<std::int64_t>(total, 1), most));
}

// Channels of which so many bytes each stay in the first-level cache.
std::int64_t kept_strip(std::int64_t channels, std::int64_t bytes) noexcept {
  return round_up(even_part(channels, std::max<std::int64_t>(64, kept_budget / bytes)), 16);
}

// Columns of the row buffer under windows [first, first + count).
std::int64_t columns_under(const Axis& w, bool clipped, std::int64_t count) noexcept {
  count = std::min(count, w.out);
  if (w.starts != nullptr) {
    std::int64_t most = 0;
    for (std::int64_t o = 0; o + count <= w.out; ++o) most = std::max(most, w.end_input(o + count - 1) - w.start(o));
    return most;
  }
  if (w.adaptive) return std::min(w.in, (count + 1) * ceil_div(w.in, w.out) + 1);
  const std::int64_t all = (count - 1) * w.stride + w.extent();
  return clipped ? std::min(all, w.in) : all;
}

// Padding in the row buffer costs memory in proportion to it; windows far outside are clipped instead.
bool must_clip(const Axis& w) noexcept {
  if (w.adaptive) return true;
  const std::int64_t whole = (w.out - 1) * w.stride + w.extent();
  return whole - w.in > std::max<std::int64_t>(64, w.in) || w.pad_begin > std::max<std::int64_t>(64, w.in);
}

// Whether columns do not fall into the same sets of the cache, where a strip of channels would drive out what was fetched beside it
// for the next.
bool columns_apart(const PoolGeometry& g) noexcept { return g.src_strides[4] % 1024 * size_of(g.src.type) % 1024 != 0; }

// Taps of a column.
Checked rows_of(const PoolGeometry& g) noexcept { return Checked(g.d().nominal()) * g.h().nominal(); }

// A window in registers, or its columns and then across them. Operations per output vector: an input costs two (it is loaded and
// looked at), an accumulator one.
bool direct_pays(const PoolGeometry& g, const ReductionKernels& k) noexcept {
  const Checked rows = rows_of(g);
  const Axis& w = g.w();
  const std::int64_t taps_w = w.nominal();
  // Accumulators that are wider than their inputs are better not stored, when nothing else needs them.
  if (k.accumulator_bytes > size_of(g.src.type)) return w.adaptive || w.stride >= w.extent();
  // A window that is alone shares nothing.
  if (w.out == 1 && g.h().out == 1 && (rows * taps_w).value() <= 64 && columns_apart(g)) return true;
  const std::int64_t fresh = std::min(taps_w, w.adaptive ? taps_w : w.stride);  // columns an output adds
  const std::int64_t staged = (rows * fresh * 2 + Checked(fresh) * 2 + taps_w).value();
  const std::int64_t direct = (rows * taps_w * 2 + taps_w).value();
  return direct <= 64 && direct <= staged;
}

// Two output rows at once, kernels/rolling.hpp.
bool rolls_pairs(const PoolGeometry& g, const ReductionKernels& k) noexcept {
  const Axis &h = g.h(), &w = g.w();
  return k.rolls_pairs && g.d().trivial() && h.out > 1 && w.kernel == 3 && !h.adaptive && h.kernel == 3 && h.stride <= 2 && h.dilation == 1;
}

// Columns that windows share are made once (four of them are not worth it); kernels/rolling.hpp.
bool rolling_pays(const PoolGeometry& g, const ReductionKernels& k, std::int64_t lanes) noexcept {
  const Axis& w = g.w();
  if (k.rolling.plain == nullptr || w.out == 1 || w.adaptive || w.dilation != 1) return false;
  if (g.c < (!rolls_pairs(g, k) ? least_rolling : w.stride == 1 ? least_rolling_three : lanes)) return false;
  if (rows_of(g).value() == 1 && w.kernel <= 3) return false;  // a column is a tap
  return w.stride < w.kernel && w.kernel != 4 && w.kernel <= most_rolling;
}

// Windows whose columns follow each other, and stand alone.
bool stands_alone(const Axis& w) noexcept { return w.out == 1 && w.dilation == 1 && w.nominal() > 1; }

// One of few rows and many channels is read in the order of memory; kernels/alone.hpp.
bool alone_pays(const PoolGeometry& g, const ReductionKernels& k) noexcept {
  if (k.alone.plain == nullptr || !stands_alone(g.w()) || g.c < min_alone) return false;
  return k.alone_lanes == 1 && rows_of(g).value() <= 8;
}

// One of many rows, that are pages apart, or whose columns fall into the same sets, is read several columns at a time, if there are not too
// many channels for that; kernels/tall.hpp.
bool is_tall(const PoolGeometry& g, const ReductionKernels& k) noexcept {
  if (g.walk != Walk::channels_last || !k.tall_alone || !stands_alone(g.w())) return false;
  const bool lanes = k.alone_lanes > 1;
  if (!columns_apart(g)) return rows_of(g).value() > 8 || (lanes && g.c >= min_alone);
  // One column at a time is best in registers, where they hold its sums.
  return rows_of(g).value() > 16 && (!lanes || 2 * g.c <= side_by_side);
}

// A tap of windows that slide is read twice, what they keep is stored and read again; taps in padding are counted one by one;
// kernels/sliding.hpp.
bool sliding_pays(const Axis& a) noexcept {
  if (a.adaptive || a.stride == 0 || (a.stride > 1 && a.dilation > 1) || a.out < 4) return false;
  if (a.extent() / 4 > a.in) return false;
  return a.kernel > (Checked(a.stride) * 3 + a.kernel % a.stride + 2).value();
}

// Planes in registers; kernels/narrow.hpp and kernels/streamed.hpp.
bool is_narrow(const PoolGeometry& g, const ReductionKernels& k, std::int64_t lanes) noexcept {
  const Axis &h = g.h(), &w = g.w();
  if (g.walk != Walk::channels_first || !g.d().trivial() || h.adaptive || w.adaptive || w.stride == 0) return false;
  if (k.narrow == nullptr || w.kernel != h.kernel || w.stride != h.stride) return false;
  if (w.dilation != 1 || h.dilation != 1) return false;
  const Checked step = Checked(lanes) * w.stride;
  if (!(step + w.in).fits()) return false;
  const std::int64_t covered = round_up(w.in, step.value()) / w.stride;
  if (w.out > covered || (w.out > 1 && g.dst_strides[4] != 1)) return false;
  // Every vector of a narrow row but the last is whole; a given dst may end sooner.
  if (w.in <= k.narrow_columns && w.out <= covered - lanes) return false;
  if (h.taps(0).count == 0 || h.taps(h.out - 1).count == 0) return false;
  const bool counts = g.op != PoolOp::average || g.divisor != Divisor::fixed;  // 2 x 2: a power of two
  const bool even = w.kernel == 2 && w.stride == 2 && w.pad_begin == 0 && counts;
  const bool odd = w.kernel == 3 && w.pad_begin == 1 && w.stride <= 2;
  if (g.op == PoolOp::average) {
    if (w.in <= k.narrow_columns) return even || odd || (w.kernel == 3 && w.pad_begin == 0 && w.stride == 2);
    return even && h.taps(0).count == 2 && h.taps(h.out - 1).count == 2;
  }
  if (w.kernel == 3 && w.pad_begin == 0 && w.stride == 2) return true;
  if (w.kernel == 5 && w.pad_begin == 2 && w.stride == 1 && w.in <= k.narrow_columns) return true;
  return even || odd;
}

// One window to a plane, which begins with the first column; kernels/global.hpp.
bool is_global(const PoolGeometry& g, const ReductionKernels& k) noexcept {
  if (g.walk != Walk::channels_first || k.global == nullptr) return false;
  if (g.d().out != 1 || g.h().out != 1 || g.w().out != 1) return false;
  const TapRange taps = g.w().taps(0);
  const bool follow = taps.count == 1 || g.w().adaptive || g.w().dilation == 1;
  return follow && taps.first == 0 && taps.skipped == 0 && taps.count > 0 && g.d().taps(0).count > 0 && g.h().taps(0).count > 0;
}

PoolStages choose_stages(const PoolGeometry& g, const ReductionKernels& k, std::int64_t lanes, bool clipped, bool sliding,
                         std::int64_t group, bool uniform_scale) noexcept {
  const Axis& w = g.w();
  if (is_global(g, k)) return PoolStages::global;
  if (is_narrow(g, k, lanes)) return PoolStages::narrow;
  const bool wide = group >= std::min(min_group, lanes);
  const bool slides = k.across_sliding != nullptr && sliding_pays(w);
  if (!sliding && !slides && is_tall(g, k) && (wide || g.src_strides[4] == g.c)) return PoolStages::alone;
  if (wide && !sliding && !slides) {
    if (rolling_pays(g, k, lanes)) return PoolStages::rolling;
    if (alone_pays(g, k)) return PoolStages::alone;
  }
  if (wide && k.direct.plain != nullptr && direct_pays(g, k)) return PoolStages::direct;
  const bool dst_packed = w.out == 1 || g.dst_strides[4] == group;
  if (wide && !clipped && slides) return PoolStages::across_sliding;
  if (!clipped && w.stride == 1 && dst_packed && (group == 1 || uniform_scale)) return PoolStages::across_run;
  if (wide) return PoolStages::across_group;
  if (group == 1 && !clipped && w.stride == 2 && k.across_pairs != nullptr) return PoolStages::across_pairs;
  const Checked row_bytes = Checked(columns_under(w, clipped, 1)) * group * k.accumulator_bytes;
  const bool too_long_for_tiles = row_bytes.value() > 4 * rows_budget / tile_rows;
  if (group == 1 && w.dilation == 1 && (w.nominal() >= long_window || too_long_for_tiles)) return PoolStages::across_long;
  return PoolStages::across_tile;
}

}  // namespace

const char* name(const PoolSchedule& s) noexcept {
  switch (s.stages) {
    case PoolStages::direct: return "direct";
    case PoolStages::rolling: return "rolling";
    case PoolStages::alone: return "alone";
    case PoolStages::narrow: return "narrow";
    case PoolStages::global: return "global";
    case PoolStages::across_run: return s.sliding ? "sliding+run" : "columns+run";
    case PoolStages::across_pairs: return s.sliding ? "sliding+pairs" : "columns+pairs";
    case PoolStages::across_group: return s.sliding ? "sliding+group" : "columns+group";
    case PoolStages::across_long: return s.sliding ? "sliding+long" : "columns+long";
    case PoolStages::across_sliding: return s.sliding ? "sliding+sliding" : "columns+sliding";
    case PoolStages::across_tile: return s.sliding ? "sliding+tile" : "columns+tile";
  }
  return "";
}

bool schedule_pool(const PoolGeometry& g, const ReductionKernels& k, std::int64_t lanes, bool uniform_scale,
                   std::int64_t most_channels, PoolSchedule& s) noexcept {
  const Axis& w = g.w();
  const bool first = g.walk == Walk::channels_first;
  const std::int64_t acc = k.accumulator_bytes;
  const std::int64_t rows = g.d().out * g.h().out;
  s.clipped = must_clip(w);
  // Without masks the end of a row is several stores: narrow rows want more taps.
  const bool tails = first && lanes < 16 && g.h().kernel < 12;
  s.sliding = k.columns_sliding != nullptr && g.d().trivial() && !tails && sliding_pays(g.h());
  // Rows that share columns are in the buffer together.
  const std::int64_t together = s.sliding ? std::min(g.h().out, g.h().kernel / g.h().stride) : 1;

  // Channels: one by one, or in strips whose rows stay in the cache.
  s.strip = 1;
  s.slabs = g.c;
  std::int64_t direct_strip = std::min(g.c, most_channels);
  if (!first) {
    // All columns of a strip in the buffer, so that windows are not cut and no column is made twice;
    // narrower strips where there would be fewer tasks than a machine has cores.
    const std::int64_t columns = columns_under(w, s.clipped, w.out);
    const std::int64_t strip_bytes = std::max<std::int64_t>(1, (Checked(columns) * acc * together).value());
    const std::int64_t step = s.sliding ? 4 * lanes : 16;
    const std::int64_t fits = std::max<std::int64_t>(64, (s.sliding ? sliding_budget : rows_budget) / strip_bytes);
    const std::int64_t src_bytes = (Checked(g.src.elements()) * size_of(g.src.type)).value();
    const std::int64_t tasks = std::clamp<std::int64_t>(src_bytes / min_task_bytes, 1, min_tasks);
    const std::int64_t shared = rows * g.n < tasks ? std::max<std::int64_t>(32, g.c * rows * g.n / tasks) : g.c;
    const std::int64_t most = std::min(fits, shared);
    s.strip = std::min(g.c <= most ? g.c : std::min(g.c, round_up(even_part(g.c, most / step * step), step)), most_channels);
    if (shared < g.c) direct_strip = std::min(direct_strip, round_up(even_part(g.c, shared), 64));
  }
  s.stages = choose_stages(g, k, lanes, s.clipped, s.sliding, first ? 1 : s.strip, uniform_scale);
  if (s.stages == PoolStages::narrow || s.stages == PoolStages::global) s.sliding = false;
  if (s.stages == PoolStages::direct) {
    s.sliding = false;
    s.strip = direct_strip;
  }
  if (s.stages == PoolStages::rolling) {
    s.ring_columns = 1;
    while (s.ring_columns < w.kernel) s.ring_columns *= 2;
    s.pairs = rolls_pairs(g, k);
    s.strip = std::min(direct_strip, kept_strip(g.c, s.ring_columns * (s.pairs ? 2 : 1) * acc));
  }
  if (s.stages == PoolStages::alone) {
    const std::int64_t bytes = (Checked(g.src.elements()) * size_of(g.src.type)).value();
    const std::int64_t parts = std::clamp<std::int64_t>(bytes / min_alone_bytes / std::max<std::int64_t>(1, rows * g.n), 1, min_tasks);
    s.strip = std::min({g.c, round_up(ceil_div(g.c, parts), 64), most_channels, kept_strip(g.c, k.alone_lanes * acc)});
    if (is_tall(g, k)) s.side_by_side = rows_of(g).value() <= 8 ? 1 : std::clamp<std::int64_t>(side_by_side / s.strip, 1, w.nominal());
  }
  if (!first) s.slabs = ceil_div(g.c, s.strip);
  const std::int64_t group = first ? 1 : s.strip;

  // Images whose slabs follow each other like channels do are one image.
  s.images = g.n;
  if (first && (g.n == 1 || (g.src_strides[0] == g.c * g.src_strides[1] && g.dst_strides[0] == g.c * g.dst_strides[1]))) {
    s.slabs = g.n * g.c;
    s.images = 1;
  }

  const std::int64_t row_bytes = std::max<std::int64_t>(1, w.in * group * size_of(g.src.type) * std::max<std::int64_t>(1, g.h().adaptive ? ceil_div(g.h().in, g.h().out) : std::min(g.h().stride, g.h().in)));
  if (s.stages == PoolStages::narrow) {
    s.task_windows = w.out;
    s.task_rows = even_part(rows, task_budget / row_bytes);
    if (s.task_rows == rows) s.task_slabs = even_part(s.slabs, task_budget / (Checked(rows) * row_bytes).value());
  } else if (s.stages == PoolStages::global) {
    const std::int64_t plane_bytes = (Checked(g.d().in) * g.h().in * w.in * size_of(g.src.type)).value();
    s.task_slabs = even_part(s.slabs, task_budget / std::max<std::int64_t>(1, plane_bytes));
    if (s.task_slabs > tile_rows) s.task_slabs = round_up(s.task_slabs, tile_rows);
  } else if (by_windows(s.stages)) {
    s.task_windows = w.out;
    s.task_rows = even_part(rows, task_budget / row_bytes);
    if (s.pairs) s.task_rows = std::min(rows, round_up(s.task_rows, 2));
    s.pitch = (round_up(group, 16) + kept_gap) * (s.pairs ? 2 : 1);
    const std::int64_t kept = s.stages == PoolStages::alone ? k.alone_lanes : s.ring_columns;
    s.rows_bytes = round_up((s.pitch * kept + s.side_by_side * group) * acc, 64);
  } else {
    const bool tile = s.stages == PoolStages::across_tile;
    const std::int64_t buffer_rows = tile ? tile_rows : 1;
    const std::int64_t budget = tile ? 2 * rows_budget : rows_budget;
    const std::int64_t least = columns_under(w, s.clipped, 1);
    const std::int64_t step = w.adaptive ? ceil_div(w.in, w.out) : std::min(w.stride, w.in);
    const std::int64_t columns = budget / (buffer_rows * group * acc);
    s.task_windows = even_part(w.out, columns <= least ? 1 : (columns - least) / std::max<std::int64_t>(1, step) + 1);
    // Listed windows may jump.
    while (w.starts != nullptr && s.task_windows > 1 && columns_under(w, s.clipped, s.task_windows) > 2 * std::max(columns, least)) {
      s.task_windows = ceil_div(s.task_windows, 2);
    }
    const Checked pitch = Checked(columns_under(w, s.clipped, s.task_windows)) * group;
    const std::int64_t pitch_bytes = (pitch * acc).value();
    std::int64_t cap = std::clamp<std::int64_t>(rows_budget / std::max<std::int64_t>(1, pitch_bytes), 1, 256);
    cap = std::max(cap, std::min((Checked(together) * 2).value(), 16 * rows_budget / std::max<std::int64_t>(1, pitch_bytes)));
    if (tile) cap = round_up(cap, tile_rows);
    s.task_rows = rows <= cap ? rows : (tile ? cap : even_part(rows, cap));
    if (first) {
      const std::int64_t plane_bytes = std::max<std::int64_t>(1, (Checked(rows) * row_bytes).value());
      std::int64_t planes = std::min(cap / s.task_rows, std::max<std::int64_t>(task_budget / plane_bytes, 1));
      if (tile) planes = std::max(planes, ceil_div(tile_rows, s.task_rows));
      s.task_slabs = s.task_rows < rows ? 1 : even_part(s.slabs, std::max<std::int64_t>(planes, 1));
    }
    s.pitch = pitch.value();
    const std::int64_t in_buffer = s.task_rows * s.task_slabs;
    const Checked rows_bytes = (pitch * in_buffer + slack) * acc;
    const Checked tile_bytes = tile ? (pitch * tile_rows + tile_rows * slack) * acc : Checked(0);
    const Checked out_bytes = tile ? (Checked(s.task_windows) * group + slack) * tile_rows * size_of(g.src.type) : Checked(0);
    if (!(rows_bytes + tile_bytes + out_bytes + 4096).fits()) return false;
    s.rows_bytes = round_up(rows_bytes.value(), 64);
    if (s.stages == PoolStages::across_sliding) s.spare_bytes = (Checked(s.task_windows) * spare_bytes).value();
    s.tile_bytes = round_up(tile_bytes.value(), 64);
    s.out_tile_bytes = round_up(out_bytes.value(), 64);
  }
  s.row_tasks = ceil_div(rows, s.task_rows);
  s.window_tasks = ceil_div(w.out, s.task_windows);
  const Checked tasks = Checked(s.images) * ceil_div(s.slabs, s.task_slabs) * s.row_tasks * s.window_tasks;
  s.tasks = tasks.value();
  const Checked rows_of_taps = Checked(std::min(g.h().nominal(), g.h().in)) + (s.pairs ? g.h().stride : 0);
  const Checked taps = Checked(std::min(g.d().nominal(), g.d().in)) * rows_of_taps * 8 + 64;
  if (!(taps + 64).fits() || !tasks.fits()) return false;
  s.taps_bytes = round_up(taps.value(), 64);
  return (Checked(s.rows_bytes) + s.tile_bytes + s.out_tile_bytes + s.spare_bytes + s.taps_bytes).fits();
}

}  // namespace poolnorm
