#include "drive/pool_drive.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const PoolPlanData& plan;
  const float* src;
  float* dst;
  char* workspace;
};

// The part of the output that one task makes.
struct Block {
  std::int64_t image, slab, slabs;
  std::int64_t row, rows;  // of D and H together
  std::int64_t window, windows;
};

// One worker's memory, and where its rows hold padding: it outlives a block.
struct Scratch {
  char* rows;
  char* tile;
  char* out_tile;
  const void** taps;
  std::int64_t left = 0, right = 0, right_at = 0, group = 0;
};

class BlockWalk {
 public:
  BlockWalk(const Run& run, Scratch& scratch, const Block& block) noexcept
      : plan_(run.plan), g_(run.plan.geometry), s_(run.plan.schedule), k_(*run.plan.reduction), scratch_(scratch), b_(block) {
    const bool first = g_.walk == Walk::channels_first;
    group_ = first ? 1 : std::min(s_.strip, g_.c - b_.slab * s_.strip);
    planes_ = first ? b_.slabs : 1;
    const std::int64_t channel = first ? b_.slab : b_.slab * s_.strip;
    src_ = run.src + b_.image * g_.src_strides[0] + channel * g_.src_strides[1];
    dst_ = run.dst + b_.image * g_.dst_strides[0] + channel * g_.dst_strides[1] + b_.window * g_.dst_strides[4];
    find_columns();
  }

  void run() noexcept {
    if (s_.stages != PoolStages::direct) fill_padding();
    const std::int64_t height = g_.h().out;
    std::int64_t od = b_.row / height, oh = b_.row % height;
    for (std::int64_t left = b_.rows; left > 0;) {
      std::int64_t rows = 1;
      find_taps(od, oh);
      if (s_.stages == PoolStages::direct) {
        direct(od, oh);
      } else {
        // Rows that see all their taps differ by a constant step only.
        if (oh >= plan_.whole_begin && oh < plan_.whole_end) rows = std::min(plan_.whole_end - oh, left);
        staged(od, oh, rows);
      }
      left -= rows;
      oh += rows;
      if (oh == height) {
        oh = 0;
        ++od;
      }
    }
  }

 private:
  // Columns [begin_, end_) of the input, padding included, lie under the block's windows.
  void find_columns() noexcept {
    const Axis& w = g_.w();
    const std::int64_t last = b_.window + b_.windows - 1;
    if (s_.clipped) {
      begin_ = w.in;
      end_ = 0;
      for (std::int64_t o = b_.window; o <= last; ++o) {
        const TapRange& t = plan_.ranges[o];
        if (t.count == 0) continue;
        begin_ = std::min(begin_, t.first);
        end_ = std::max(end_, t.first + (t.count - 1) * w.dilation + 1);
      }
      if (begin_ > end_) begin_ = end_ = 0;
    } else {
      begin_ = w.start(b_.window);
      end_ = w.start(last) + w.extent();
    }
    real_begin_ = std::clamp<std::int64_t>(begin_, 0, w.in);
    real_end_ = std::clamp<std::int64_t>(end_, real_begin_, w.in);
  }

  // The columns stage writes real columns only, so the identity stays where padding is.
  void fill_padding() noexcept {
    const std::int64_t left = std::max<std::int64_t>(0, std::min(real_begin_, end_) - begin_);
    const std::int64_t right_at = std::max(real_end_, begin_) - begin_;
    const std::int64_t right = std::max<std::int64_t>(0, end_ - begin_ - right_at);
    if (left == scratch_.left && right == scratch_.right && (right == 0 || right_at == scratch_.right_at) &&
        group_ == scratch_.group) {
      return;
    }
    fill(0, left);
    fill(right_at, right);
    scratch_.left = left;
    scratch_.right = right;
    scratch_.right_at = right_at;
    scratch_.group = group_;
  }

  void fill(std::int64_t at, std::int64_t columns) noexcept {
    if (columns == 0) return;
    ColumnsArgs a{};
    a.planes = {1, 0, 0};
    a.rows = {s_.task_slabs * s_.task_rows, 0, s_.pitch};
    a.groups = {1, 0, 0};
    a.width = columns * group_;
    a.dst = scratch_.rows + at * group_ * k_.accumulator_bytes;
    k_.columns(a);
  }

  // The tap rows of output row (od, oh), at column 0.
  void find_taps(std::int64_t od, std::int64_t oh) noexcept {
    const TapRange &d = plan_.d_taps[od], &h = plan_.h_taps[oh];
    tap_count_ = 0;
    for (std::int64_t i = 0; i < d.count; ++i) {
      const float* at = src_ + (d.first + i * g_.d().dilation) * g_.src_strides[2];
      for (std::int64_t j = 0; j < h.count; ++j) {
        scratch_.taps[tap_count_++] = at + (h.first + j * g_.h().dilation) * g_.src_strides[3];
      }
    }
  }

  float* dst_row(std::int64_t od, std::int64_t oh) const noexcept {
    return dst_ + od * g_.dst_strides[2] + oh * g_.dst_strides[3];
  }

  void direct(std::int64_t od, std::int64_t oh) noexcept {
    DirectArgs a{};
    a.taps = scratch_.taps;
    a.tap_count = tap_count_;
    a.column = g_.src_strides[4];
    a.tap_step = g_.w().dilation * g_.src_strides[4];
    a.ranges = plan_.ranges.data() + b_.window;
    a.windows = b_.windows;
    a.width = group_;
    a.dst_step = g_.dst_strides[4];
    a.dst = dst_row(od, oh);
    a.scale = plan_.scales.at(od, oh, b_.window);
    a.scale_step = plan_.scales.step();
    a.shared_columns = g_.w().adaptive ? 1 : std::max<std::int64_t>(0, g_.w().extent() - g_.w().stride);
    a.stream = plan_.stream && aligned(a.dst) && (a.windows == 1 || a.dst_step % 16 == 0);
    k_.direct(a);
  }

  static bool aligned(const void* p) noexcept { return reinterpret_cast<std::uintptr_t>(p) % 64 == 0; }

  void staged(std::int64_t od, std::int64_t oh, std::int64_t rows) noexcept {
    const bool nan = columns(rows);
    AcrossArgs a = across_args(od, oh, rows, nan);
    switch (s_.stages) {
      case PoolStages::across_run: return k_.across_run(a);
      case PoolStages::across_pairs: return k_.across_pairs(a);
      case PoolStages::across_group: return k_.across(a);
      case PoolStages::across_long: return k_.across_long(a);
      case PoolStages::across_tile: return across_tile(a);
      case PoolStages::direct: return;
    }
  }

  bool columns(std::int64_t rows) noexcept {
    const std::int64_t step = g_.src_strides[4], count = real_end_ - real_begin_;
    if (count <= 0) return false;
    for (std::int64_t t = 0; t < tap_count_; ++t) {
      scratch_.taps[t] = static_cast<const float*>(scratch_.taps[t]) + real_begin_ * step;
    }
    ColumnsArgs a{};
    a.taps = scratch_.taps;
    a.tap_count = tap_count_;
    a.planes = {planes_, g_.src_strides[1], rows * s_.pitch};
    a.rows = {rows, g_.h().stride * g_.src_strides[3], s_.pitch};
    const bool run = count == 1 || step == group_;
    a.groups = run ? Loop{1, 0, 0} : Loop{count, step, group_};
    a.width = run ? count * group_ : group_;
    a.dst = scratch_.rows + (real_begin_ - begin_) * group_ * k_.accumulator_bytes;
    return k_.columns(a);
  }

  AcrossArgs across_args(std::int64_t od, std::int64_t oh, std::int64_t rows, bool nan) const noexcept {
    const Axis& w = g_.w();
    AcrossArgs a{};
    a.src = scratch_.rows;
    a.dst = dst_row(od, oh);
    a.planes = {planes_, rows * s_.pitch, g_.dst_strides[1]};
    a.rows = {rows, s_.pitch, g_.dst_strides[3]};
    a.windows = b_.windows;
    a.window_step = w.stride * group_;
    a.taps = w.kernel;
    a.tap_step = w.dilation * group_;
    a.width = group_;
    a.dst_step = g_.dst_strides[4];
    a.ranges = s_.clipped ? plan_.ranges.data() + b_.window : nullptr;
    a.column = group_;
    a.first_column = begin_;
    a.scale = plan_.scales.at(od, oh, b_.window);
    a.scale_step = plan_.scales.step();
    a.exact = nan;
    return a;
  }

  // Sixteen rows at a time, as the lanes of a tile: groups of one element become groups of sixteen.
  void across_tile(const AcrossArgs& rows) noexcept {
    AcrossArgs a = rows;
    a.src = scratch_.tile;
    a.planes = a.rows = {1, 0, 0};
    a.window_step *= tile_rows;
    a.tap_step *= tile_rows;
    a.column *= tile_rows;
    a.dst_step = group_ * tile_rows;
    const std::int64_t total = rows.planes.count * rows.rows.count;
    const std::int64_t elements = (end_ - begin_) * group_;
    for (std::int64_t from = 0; from < total; from += tile_rows) {
      const void* in[tile_rows];
      void* out[tile_rows];
      const std::int64_t count = std::min(tile_rows, total - from);
      for (std::int64_t i = 0; i < tile_rows; ++i) {
        const std::int64_t row = from + (i < count ? i : 0);
        const std::int64_t p = row / rows.rows.count, r = row % rows.rows.count;
        in[i] = static_cast<const char*>(rows.src) + (p * rows.planes.src + r * rows.rows.src) * k_.accumulator_bytes;
        out[i] = static_cast<float*>(rows.dst) + p * rows.planes.dst + r * rows.rows.dst;
      }
      k_.to_tile(in, elements, scratch_.tile);
      // One output a row, and they follow each other: the tile's lanes are the destination.
      bool lanes_follow = b_.windows * group_ == 1;
      for (std::int64_t i = 1; lanes_follow && i < count; ++i) {
        lanes_follow = static_cast<float*>(out[i]) == static_cast<float*>(out[0]) + i;
      }
      a.dst = lanes_follow ? out[0] : scratch_.out_tile;
      a.width = lanes_follow ? count : group_ * tile_rows;
      k_.across(a);
      if (!lanes_follow) from_tile(out, count);
    }
  }

  void from_tile(void* const* out, std::int64_t count) noexcept {
    if (b_.windows == 1 || g_.dst_strides[4] == group_) {
      plan_.kernels->from_tile(scratch_.out_tile, b_.windows * group_, out, count);
      return;
    }
    // The destination's groups do not follow each other: a channel slice.
    for (std::int64_t w = 0; w < b_.windows; ++w) {
      void* at[tile_rows];
      for (std::int64_t i = 0; i < count; ++i) at[i] = static_cast<float*>(out[i]) + w * g_.dst_strides[4];
      plan_.kernels->from_tile(scratch_.out_tile + w * group_ * tile_rows * 4, group_, at, count);
    }
  }

  const PoolPlanData& plan_;
  const PoolGeometry& g_;
  const PoolSchedule& s_;
  const ReductionKernels& k_;
  Scratch& scratch_;
  const Block b_;
  std::int64_t group_, planes_;
  const float* src_;
  float* dst_;
  std::int64_t begin_ = 0, end_ = 0, real_begin_ = 0, real_end_ = 0;
  std::int64_t tap_count_ = 0;
};

Block block_of(const PoolGeometry& g, const PoolSchedule& s, std::int64_t task) noexcept {
  const std::int64_t slab_tasks = ceil_div(s.slabs, s.task_slabs);
  const std::int64_t w = task % s.window_tasks;
  task /= s.window_tasks;
  const std::int64_t r = task % s.row_tasks;
  task /= s.row_tasks;
  Block b;
  b.slab = task % slab_tasks * s.task_slabs;
  b.slabs = std::min(s.task_slabs, s.slabs - b.slab);
  b.image = task / slab_tasks;
  b.row = r * s.task_rows;
  b.rows = std::min(s.task_rows, g.d().out * g.h().out - b.row);
  b.window = w * s.task_windows;
  b.windows = std::min(s.task_windows, g.w().out - b.window);
  return b;
}

void run_blocks(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const Run& run = *static_cast<const Run*>(context);
  const PoolSchedule& s = run.plan.schedule;
  char* memory = run.workspace + worker * s.worker_bytes();
  // Vectors may read past the last row: nothing of an earlier use may be there.
  std::memset(memory, 0, static_cast<std::size_t>(s.worker_bytes()));
  Scratch scratch;
  scratch.rows = memory;
  scratch.tile = scratch.rows + s.rows_bytes;
  scratch.out_tile = scratch.tile + s.tile_bytes;
  scratch.taps = reinterpret_cast<const void**>(scratch.out_tile + s.out_tile_bytes);
  for (std::int64_t t = begin; t < end; ++t) {
    BlockWalk(run, scratch, block_of(run.plan.geometry, s, t)).run();
  }
}

}  // namespace

void drive_pool(const PoolPlanData& plan, const float* src, float* dst, char* workspace,
                const Executor& executor) noexcept {
  Run run{plan, src, dst, workspace};
  run_tasks(executor, plan.schedule.tasks, plan.bytes, run_blocks, &run);
}

}  // namespace poolnorm
