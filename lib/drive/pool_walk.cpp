#include "drive/pool_walk.hpp"

#include <algorithm>

namespace poolnorm {
namespace {

class PoolWalk {
 public:
  PoolWalk(const PoolPlanData& plan, const ReductionKernels& reduction, const View<const void>& src,
           const View<void>& dst, const PoolBlock& block, PoolScratch& scratch, const PoolMap* map) noexcept
      : plan_(plan),
        g_(plan.geometry),
        s_(plan.schedule),
        k_(reduction),
        src_(src),
        in_(src.strides),
        out_(dst.strides),
        scratch_(scratch),
        b_(block),
        map_(map) {
    const bool first = g_.walk == Walk::channels_first;
    group_ = first ? 1 : b_.channels;
    planes_ = first ? b_.channels : 1;
    dst_ = static_cast<char*>(dst.at(b_.image, b_.channel, dst.origin[2], dst.origin[3], b_.window));
    find_columns();
  }

  void run() noexcept {
    if (s_.stages == PoolStages::narrow) return narrow();
    if (s_.stages == PoolStages::global) return global();
    if (s_.stages != PoolStages::direct && s_.stages != PoolStages::rolling) fill_padding();
    const std::int64_t height = g_.h().out;
    std::int64_t od = b_.row / height, oh = b_.row % height;
    for (std::int64_t left = b_.rows; left > 0;) {
      std::int64_t rows = 1;
      if (!s_.sliding) find_taps(od, oh);
      if (s_.stages == PoolStages::direct) {
        direct(od, oh);
      } else if (s_.stages == PoolStages::rolling) {
        if (s_.pairs && left > 1 && oh >= plan_.whole_begin && oh + 1 < plan_.whole_end) rows = 2;
        rolling(od, oh, rows);
      } else {
        // Rows that see all their taps differ by a constant step only.
        if (oh >= plan_.whole_begin && oh < plan_.whole_end) rows = std::min(plan_.whole_end - oh, left);
        if (s_.sliding) rows = std::min(height - oh, left);
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
      for (std::int64_t j = 0; j < h.count; ++j) {
        scratch_.taps[tap_count_++] =
            src_.at(b_.image, b_.channel, d.first + i * g_.d().dilation, h.first + j * g_.h().dilation);
      }
    }
  }

  void* dst_row(std::int64_t od, std::int64_t oh) const noexcept {
    return dst_ + (od * out_[2] + oh * out_[3]) * src_.bytes;
  }

  void direct(std::int64_t od, std::int64_t oh) noexcept {
    DirectArgs a{};
    a.taps = scratch_.taps;
    a.tap_count = tap_count_;
    a.column = in_[4];
    a.tap_step = g_.w().dilation * in_[4];
    a.ranges = plan_.ranges.data() + b_.window;
    a.windows = b_.windows;
    a.width = group_;
    a.dst_step = out_[4];
    a.dst = dst_row(od, oh);
    a.scale = plan_.scales.at(od, oh, b_.window);
    a.scale_step = plan_.scales.step();
    a.stream = streams(a.dst, 1);
    a.ahead = plan_.ahead;
    if (map_ == nullptr) return k_.direct(a);
    a.map = map_->args;
    map_->follows ? k_.flipped_direct(a) : k_.mapped_direct(a);
  }

  // One output row, or two that see all their taps.
  void rolling(std::int64_t od, std::int64_t oh, std::int64_t rows) noexcept {
    const Axis& h = g_.h();
    RollingArgs a{};
    a.taps = scratch_.taps;
    a.tap_count = tap_count_;
    if (rows == 2) {
      a.second = h.stride;
      for (std::int64_t i = 0; i < h.stride; ++i) {
        scratch_.taps[tap_count_ + i] = src_.at(b_.image, b_.channel, 0, h.start(oh) + h.kernel + i);
      }
    }
    a.column = in_[4];
    a.ranges = plan_.ranges.data() + b_.window;
    a.windows = b_.windows;
    a.width = group_;
    a.dst_step = out_[4];
    a.dst_row = out_[3];
    a.dst = dst_row(od, oh);
    a.scale = plan_.scales.at(od, oh, b_.window);
    a.scale_step = plan_.scales.step();
    a.ring = scratch_.rows;
    a.ring_columns = s_.ring_columns;
    a.ring_step = s_.pitch;
    a.stream = streams(a.dst, rows);
    a.ahead = plan_.ahead;
    if (map_ == nullptr) return k_.rolling(a);
    a.map = map_->args;
    map_->follows ? k_.flipped_rolling(a) : k_.mapped_rolling(a);
  }

  void narrow() noexcept {
    const Axis &h = g_.h(), &w = g_.w();
    const std::int64_t first = std::max<std::int64_t>(0, h.start(b_.row));  // input row
    NarrowArgs a{};
    a.src = src_.at(b_.image, b_.channel, 0, first);
    a.dst = dst_row(0, b_.row);
    a.planes = {planes_, in_[1], out_[1]};
    a.src_rows = h.in - first;
    a.src_columns = w.in;
    a.src_row = in_[3];
    a.rows = b_.rows;
    a.columns = w.out;
    a.dst_row = out_[3];
    a.taps = w.kernel;
    a.stride = w.stride;
    a.top = first - h.start(b_.row);
    a.left = w.pad_begin;
    a.scale = plan_.scales.lines();
    a.scale_rows = plan_.scales.rows(b_.row);
    a.scale_pitch = plan_.scales.pitch();
    a.scale_step = plan_.scales.step();
    if (map_ == nullptr) return k_.narrow(a);
    a.map = map_->args;
    k_.mapped_narrow(a);
  }

  void global() noexcept {
    find_taps(0, 0);
    GlobalArgs a{};
    a.taps = scratch_.taps;
    a.tap_count = tap_count_;
    a.columns = g_.w().taps(0).count;
    a.planes = {planes_, in_[1], out_[1]};
    a.dst = dst_;
    a.scale = plan_.scales.at(0, 0, 0);
    if (map_ == nullptr) return k_.global(a);
    a.map = map_->args;
    k_.mapped_global(a);
  }

  // Whether the windows of so many output rows may be stored past the cache.
  bool streams(const void* dst, std::int64_t rows) const noexcept {
    const auto apart = [this](std::int64_t step) { return step * src_.bytes % 64 == 0; };
    return plan_.stream && reinterpret_cast<std::uintptr_t>(dst) % 64 == 0 && (b_.windows == 1 || apart(out_[4])) &&
           (rows == 1 || apart(out_[3]));
  }

  void staged(std::int64_t od, std::int64_t oh, std::int64_t rows) noexcept {
    const bool nan = s_.sliding ? columns_sliding(oh, rows) : columns(rows);
    AcrossArgs a = across_args(od, oh, rows, nan);
    switch (s_.stages) {
      case PoolStages::across_run: return k_.across_run(a);
      case PoolStages::across_pairs: return k_.across_pairs(a);
      case PoolStages::across_group: return k_.across(a);
      case PoolStages::across_long: return k_.across_long(a);
      case PoolStages::across_sliding: return k_.across_sliding(a);
      case PoolStages::across_tile: return across_tile(a);
      case PoolStages::direct:
      case PoolStages::rolling:
      case PoolStages::narrow:
      case PoolStages::global: return;
    }
  }

  bool columns(std::int64_t rows) noexcept {
    const std::int64_t step = in_[4], count = real_end_ - real_begin_;
    if (count <= 0) return false;
    for (std::int64_t t = 0; t < tap_count_; ++t) {
      scratch_.taps[t] = static_cast<const char*>(scratch_.taps[t]) + real_begin_ * step * src_.bytes;
    }
    ColumnsArgs a{};
    a.taps = scratch_.taps;
    a.tap_count = tap_count_;
    a.planes = {planes_, in_[1], rows * s_.pitch};
    a.rows = {rows, rows == 1 ? 0 : g_.h().stride * in_[3], s_.pitch};  // one row has any stride
    const bool run = count == 1 || (step == group_ && (map_ == nullptr || group_ == 1));
    a.groups = run ? Loop{1, 0, 0} : Loop{count, step, group_};
    a.width = run ? count * group_ : group_;
    a.dst = scratch_.rows + (real_begin_ - begin_) * group_ * k_.accumulator_bytes;
    if (map_ == nullptr || tap_count_ == 0) return k_.columns(a);
    a.map = map_->args;
    a.channel_per_element = g_.walk == Walk::channels_last;
    return k_.mapped_columns(a);
  }

  bool columns_sliding(std::int64_t oh, std::int64_t rows) noexcept {
    const Axis& h = g_.h();
    const std::int64_t step = in_[4], count = real_end_ - real_begin_;
    if (count <= 0) return false;
    const std::int64_t first = std::clamp<std::int64_t>(h.start(oh), 0, h.in - 1);  // input row
    SlidingArgs a{};
    a.src = src_.at(b_.image, b_.channel, 0, first, real_begin_ + src_.origin[4]);
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
    a.dst = scratch_.rows + (real_begin_ - begin_) * group_ * k_.accumulator_bytes;
    return k_.columns_sliding(a);
  }

  AcrossArgs across_args(std::int64_t od, std::int64_t oh, std::int64_t rows, bool nan) const noexcept {
    const Axis& w = g_.w();
    AcrossArgs a{};
    a.src = scratch_.rows;
    a.dst = dst_row(od, oh);
    a.planes = {planes_, rows * s_.pitch, out_[1]};
    a.rows = {rows, s_.pitch, out_[3]};
    a.windows = b_.windows;
    a.window_step = b_.windows == 1 ? 0 : w.stride * group_;  // one window has any stride, one tap any dilation
    a.taps = w.kernel;
    a.tap_step = w.kernel == 1 && !w.adaptive ? 0 : w.dilation * group_;
    a.width = group_;
    a.dst_step = out_[4];
    a.ranges = s_.clipped ? plan_.ranges.data() + b_.window : nullptr;
    a.column = group_;
    a.first_column = begin_;
    a.scale = plan_.scales.at(od, oh, b_.window);
    a.scale_step = plan_.scales.step();
    a.exact = nan;
    a.spare = scratch_.spare;
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
        out[i] = static_cast<char*>(rows.dst) + (p * rows.planes.dst + r * rows.rows.dst) * src_.bytes;
      }
      k_.to_tile(in, elements, scratch_.tile);
      // One output a row, and they follow each other: the tile's lanes are the destination.
      bool lanes_follow = b_.windows * group_ == 1;
      for (std::int64_t i = 1; lanes_follow && i < count; ++i) {
        lanes_follow = out[i] == static_cast<char*>(out[0]) + i * src_.bytes;
      }
      a.dst = lanes_follow ? out[0] : scratch_.out_tile;
      a.width = lanes_follow ? count : group_ * tile_rows;
      k_.across(a);
      if (!lanes_follow) from_tile(out, count);
    }
  }

  void from_tile(void* const* out, std::int64_t count) noexcept {
    if (b_.windows == 1 || out_[4] == group_) {
      plan_.kernels->from_tile(scratch_.out_tile, b_.windows * group_, out, count);
      return;
    }
    // The destination's groups do not follow each other: a channel slice.
    for (std::int64_t w = 0; w < b_.windows; ++w) {
      void* at[tile_rows];
      for (std::int64_t i = 0; i < count; ++i) at[i] = static_cast<char*>(out[i]) + w * out_[4] * src_.bytes;
      plan_.kernels->from_tile(scratch_.out_tile + w * group_ * tile_rows * src_.bytes, group_, at, count);
    }
  }

  const PoolPlanData& plan_;
  const PoolGeometry& g_;
  const PoolSchedule& s_;
  const ReductionKernels& k_;
  const View<const void> src_;
  const std::int64_t *in_, *out_;  // strides
  PoolScratch& scratch_;
  const PoolBlock b_;
  const PoolMap* const map_;
  std::int64_t group_, planes_;
  char* dst_;  // of the block
  std::int64_t begin_ = 0, end_ = 0, real_begin_ = 0, real_end_ = 0;
  std::int64_t tap_count_ = 0;
};

}  // namespace

PoolScratch::PoolScratch(const PoolSchedule& s, char* memory) noexcept
    : rows(memory),
      tile(rows + s.rows_bytes),
      out_tile(tile + s.tile_bytes),
      spare(out_tile + s.out_tile_bytes),
      taps(reinterpret_cast<const void**>(spare + s.spare_bytes)) {}

void walk_pool(const PoolPlanData& plan, const ReductionKernels& reduction, const View<const void>& src,
               const View<void>& dst, const PoolBlock& block, PoolScratch& scratch, const PoolMap* map) noexcept {
  PoolWalk(plan, reduction, src, dst, block, scratch, map).run();
}

}  // namespace poolnorm
