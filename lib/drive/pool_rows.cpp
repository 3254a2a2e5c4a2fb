#include <algorithm>

#include "drive/pool_block.hpp"

namespace poolnorm {
namespace {

class RowStages {
 public:
  explicit RowStages(const BlockWalk& walk) noexcept
      : walk_(walk),
        g_(walk.plan.geometry),
        s_(walk.plan.schedule),
        kernels_(walk.kernels),
        in_(walk.src.strides),
        out_(walk.dst.strides),
        bytes_(walk.src.bytes),
        scratch_(walk.scratch),
        block_(walk.block),
        group_(walk.group()),
        planes_(walk.planes()) {
    find_columns();
  }

  void run() noexcept {
    fill_padding();
    walk_.rows([this](std::int64_t od, std::int64_t oh, std::int64_t left) {
      const std::int64_t rows = s_.sliding ? left : std::clamp<std::int64_t>(walk_.whole_rows(oh), 1, left);
      staged(od, oh, rows);
      return rows;
    });
  }

 private:
  // Columns [begin_, end_) of the input, padding included, lie under the block's windows.
  void find_columns() noexcept {
    const Axis& w = g_.w();
    const std::int64_t last = block_.window + block_.windows - 1;
    if (s_.clipped) {
      begin_ = w.in;
      end_ = 0;
      for (std::int64_t o = block_.window; o <= last; ++o) {
        const TapRange& t = walk_.plan.ranges[o];
        if (t.count == 0) continue;
        begin_ = std::min(begin_, t.first);
        end_ = std::max(end_, t.first + (t.count - 1) * w.dilation + 1);
      }
      if (begin_ > end_) begin_ = end_ = 0;
    } else {
      begin_ = w.start(block_.window);
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
    a.dst = scratch_.rows + at * group_ * kernels_.accumulator_bytes;
    kernels_.columns(a);
  }

  void staged(std::int64_t od, std::int64_t oh, std::int64_t rows) noexcept {
    const bool nan = s_.sliding ? columns_sliding(oh, rows) : columns(od, oh, rows);
    AcrossArgs a = across_args(od, oh, rows, nan);
    switch (s_.stages) {
      case PoolStages::across_run: return kernels_.across_run(a);
      case PoolStages::across_pairs: return kernels_.across_pairs(a);
      case PoolStages::across_group: return kernels_.across(a);
      case PoolStages::across_long: return kernels_.across_long(a);
      case PoolStages::across_sliding: return kernels_.across_sliding(a);
      case PoolStages::across_tile: return across_tile(a);
      default: return;
    }
  }

  bool columns(std::int64_t od, std::int64_t oh, std::int64_t rows) noexcept {
    const std::int64_t taps = walk_.find_taps(od, oh);
    const std::int64_t step = in_[4], count = real_end_ - real_begin_;
    if (count <= 0) return false;
    for (std::int64_t t = 0; t < taps; ++t) scratch_.taps[t] = moved(scratch_.taps[t], real_begin_ * step * bytes_);
    ColumnsArgs a{};
    a.taps = scratch_.taps;
    a.tap_count = taps;
    a.planes = {planes_, in_[1], rows * s_.pitch};
    a.rows = {rows, rows == 1 ? 0 : g_.h().stride * in_[3], s_.pitch};  // one row has any stride
    const bool run = count == 1 || (step == group_ && (walk_.map == nullptr || g_.walk == Walk::channels_first));
    a.groups = run ? Loop{1, 0, 0} : Loop{count, step, group_};
    a.width = run ? count * group_ : group_;
    a.dst = scratch_.rows + (real_begin_ - begin_) * group_ * kernels_.accumulator_bytes;
    if (walk_.map == nullptr || taps == 0) return kernels_.columns(a);
    a.map = walk_.map->args;
    a.channel_per_element = g_.walk == Walk::channels_last;
    return kernels_.mapped_columns(a);
  }

  bool columns_sliding(std::int64_t oh, std::int64_t rows) noexcept {
    const Axis& h = g_.h();
    const std::int64_t step = in_[4], count = real_end_ - real_begin_;
    if (count <= 0) return false;
    const std::int64_t first = std::clamp<std::int64_t>(h.start(oh), 0, h.in - 1);  // input row
    SlidingArgs a{};
    a.src = moved(walk_.src_row(0, first), real_begin_ * step * bytes_);
    a.src_rows = h.in - first;
    a.src_row = in_[3];
    a.first = h.start(oh) - first;
    a.taps = h.kernel;
    a.stride = h.stride;
    a.dilation = h.dilation;
    a.rows = rows;
    a.dst_row = s_.pitch;
    a.planes = {planes_, in_[1], rows * s_.pitch};
    const bool run = count == 1 || step == group_;
    a.groups = run ? Loop{1, 0, 0} : Loop{count, step, group_};
    a.width = run ? count * group_ : group_;
    a.dst = scratch_.rows + (real_begin_ - begin_) * group_ * kernels_.accumulator_bytes;
    return kernels_.columns_sliding(a);
  }

  AcrossArgs across_args(std::int64_t od, std::int64_t oh, std::int64_t rows, bool nan) const noexcept {
    const Axis& w = g_.w();
    AcrossArgs a{};
    a.src = scratch_.rows;
    a.dst = walk_.dst_row(od, oh);
    a.planes = {planes_, rows * s_.pitch, out_[1]};
    a.rows = {rows, s_.pitch, out_[3]};
    a.windows = block_.windows;
    a.window_step = block_.windows == 1 ? 0 : step_of(w.stride, group_);
    a.taps = w.kernel;
    a.tap_step = w.kernel == 1 && !w.adaptive ? 0 : step_of(w.dilation, group_);
    a.width = group_;
    a.dst_step = out_[4];
    a.ranges = s_.clipped ? walk_.plan.ranges.data() + block_.window : nullptr;
    a.column = group_;
    a.first_column = begin_;
    a.scale = walk_.plan.scales.at(od, oh, block_.window);
    a.scale_step = walk_.plan.scales.step();
    a.exact = nan;
    a.spare = scratch_.spare;
    return a;
  }

  // Sixteen rows at a time, as the lanes of a tile: groups of one element become groups of sixteen.
  void across_tile(const AcrossArgs& rows) noexcept {
    AcrossArgs a = rows;
    a.src = scratch_.tile;
    a.planes = a.rows = {1, 0, 0};
    a.window_step = step_of(a.window_step, tile_rows);
    a.tap_step = step_of(a.tap_step, tile_rows);
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
        in[i] = static_cast<const char*>(rows.src) + (p * rows.planes.src + r * rows.rows.src) * kernels_.accumulator_bytes;
        out[i] = static_cast<char*>(rows.dst) + (p * rows.planes.dst + r * rows.rows.dst) * bytes_;
      }
      kernels_.to_tile(in, elements, scratch_.tile);
      // One output a row, and they follow each other: the tile's lanes are the destination.
      bool lanes_follow = block_.windows * group_ == 1;
      for (std::int64_t i = 1; lanes_follow && i < count; ++i) {
        lanes_follow = out[i] == static_cast<char*>(out[0]) + i * bytes_;
      }
      a.dst = lanes_follow ? out[0] : scratch_.out_tile;
      a.width = lanes_follow ? count : group_ * tile_rows;
      kernels_.across(a);
      if (!lanes_follow) from_tile(out, count);
    }
  }

  void from_tile(void* const* out, std::int64_t count) noexcept {
    if (block_.windows == 1 || out_[4] == group_) {
      walk_.plan.kernels->from_tile(scratch_.out_tile, block_.windows * group_, out, count);
      return;
    }
    // The destination's groups do not follow each other: a channel slice.
    for (std::int64_t w = 0; w < block_.windows; ++w) {
      void* at[tile_rows];
      for (std::int64_t i = 0; i < count; ++i) at[i] = static_cast<char*>(out[i]) + w * out_[4] * bytes_;
      walk_.plan.kernels->from_tile(scratch_.out_tile + w * group_ * tile_rows * bytes_, group_, at, count);
    }
  }

  const BlockWalk& walk_;
  const PoolGeometry& g_;
  const PoolSchedule& s_;
  const ReductionKernels& kernels_;
  const std::int64_t *in_, *out_;  // strides
  const std::int64_t bytes_;       // of an element
  PoolScratch& scratch_;
  const PoolBlock& block_;
  const std::int64_t group_, planes_;
  std::int64_t begin_ = 0, end_ = 0, real_begin_ = 0, real_end_ = 0;
};

}  // namespace

void walk_rows(const BlockWalk& walk) noexcept { RowStages(walk).run(); }

}  // namespace poolnorm
