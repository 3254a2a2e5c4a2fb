#include "drive/index_drive.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "drive/index_bands.hpp"
#include "drive/lane_rows.hpp"
#include "drive/row_ring.hpp"
#include "drive/worker_memory.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

// The bytes of what a window of padding alone gives.
struct Lowest {
  explicit Lowest(ElementType type) noexcept {
    const double f64 = -std::numeric_limits<double>::infinity();
    const float f32 = -std::numeric_limits<float>::infinity();
    const std::uint16_t f16 = 0xfc00, bf16 = 0xff80;
    const std::int8_t s8 = -128;
    switch (type) {
      case ElementType::f32: std::memcpy(bytes, &f32, sizeof f32); break;
      case ElementType::f16: std::memcpy(bytes, &f16, sizeof f16); break;
      case ElementType::bf16: std::memcpy(bytes, &bf16, sizeof bf16); break;
      case ElementType::f64: std::memcpy(bytes, &f64, sizeof f64); break;
      case ElementType::s8: std::memcpy(bytes, &s8, sizeof s8); break;
      case ElementType::u8: break;
    }
  }
  char bytes[8] = {};
};

struct Run {
  const MaxIndicesPlanData& plan;
  View<const void> src;
  View<void> dst, indices;
  const WorkerMemory* memory;
};

Run make_run(const MaxIndicesPlanData& plan, const View<const void>& src, void* dst, void* indices,
             const WorkerMemory* memory) noexcept {
  const PoolGeometry& g = plan.geometry.pool;
  return {plan, src, {dst, g.dst_strides, {}, size_of(g.dst.type)}, {indices, plan.geometry.index_strides, {}, size_of(plan.geometry.type)},
          memory};
}

PoolBlock block_of(const MaxIndicesPlanData& plan, std::int64_t task) noexcept {
  const RingSchedule& s = plan.schedule;
  const PoolGeometry& g = plan.geometry.pool;
  const std::int64_t row = task % s.row_tasks * s.task_rows, channel = task / s.row_tasks % s.slabs * s.strip;
  return {task / s.row_tasks / s.slabs, channel, std::min(s.strip, g.c - channel),
          row, std::min(s.task_rows, g.d().out * g.h().out - row), 0, g.w().out};
}

// One worker: its memory, and the task it is at.
class Worker {
 public:
  Worker(const Run& run, char* memory) noexcept
      : p_(run.plan),
        g_(p_.geometry.pool),
        src_(run.src),
        dst_(run.dst),
        to_indices_(run.indices),
        memory_(memory),
        copies_(memory + (p_.slots() + 1) * p_.row_bytes()),
        index_rows_(copies_ + p_.copies() * p_.copy_bytes() + tile_rows * p_.staged_row_bytes()),
        ring_(nullptr, 0, 0),
        rows_(p_.form, copies_ + p_.copies() * p_.copy_bytes(), p_.staged_row_bytes()),
        lowest_(g_.dst.type) {
    char* at = index_rows_ + tile_rows * p_.index_row_bytes();
    const std::int64_t slots = p_.ring_slots(), most = p_.most_rows();
    ring_ = RowRing(reinterpret_cast<std::int64_t*>(at), p_.schedule.ring_d, p_.schedule.ring_h);
    values_ = reinterpret_cast<const void**>(at + slots * 8);
    indices_ = reinterpret_cast<const std::int32_t**>(values_ + most);
    rise_ = reinterpret_cast<std::int32_t*>(indices_ + most);
    nan_ = reinterpret_cast<bool*>(rise_ + most);
  }

  // At most a strip of channels.
  void rows(const PoolBlock& block) noexcept {
    image_ = block.image;
    channel_ = block.channel;
    channels_ = block.channels;
    rows_.at(image_, channel_, channels_);
    width_ = rows_.width();
    ring_.clear();
    for (std::int64_t r = block.row; r < block.row + block.rows; ++r) row(r / g_.h().out, r % g_.h().out);
  }

 private:
  char* value_slot(std::int64_t i) const noexcept { return memory_ + i * p_.row_bytes(); }
  std::int32_t* index_slot(std::int64_t i) const noexcept {
    return reinterpret_cast<std::int32_t*>(value_slot(i) + p_.value_bytes());
  }

  char* output(std::int64_t od, std::int64_t oh, std::int64_t channel = 0) const noexcept {
    return static_cast<char*>(dst_.at(image_, channel_ + channel, od, oh));
  }
  void* output_indices(std::int64_t od, std::int64_t oh, std::int64_t channel = 0) const noexcept {
    return to_indices_.at(image_, channel_ + channel, od, oh);
  }
  // Row (d, h) of the input, copied to `slot` where it must be.
  const void* input(std::int64_t d, std::int64_t h, std::int64_t slot) const noexcept {
    return rows_.load(src_, d, h, p_.columns, copies_ + slot * p_.copy_bytes()).data;
  }
  std::int64_t column() const noexcept { return p_.form.copies() ? width_ : src_.strides[4]; }

  void row(std::int64_t od, std::int64_t oh) noexcept {
    const TapRange &d = p_.d_taps[od], &h = p_.h_taps[oh];
    const std::int64_t windows = g_.w().out, step = g_.dst_strides[4];
    // Flat indices count from `origin`: the plane's first where they fit 32 bits, else the window's first row.
    const bool small = p_.geometry.plane <= std::numeric_limits<std::int32_t>::max();
    const IndexGeometry& i = p_.geometry;
    const std::int64_t origin = small ? 0 : d.first * i.step_d + h.first * i.step_h;
    const bool none = d.count == 0 || h.count == 0;
    if (!none) {
      rises(d, h, origin);
      const bool in_place = !p_.form.copies() && (p_.direct || windows == 1 || step == width_);
      char* const value = in_place ? output(od, oh) : value_slot(p_.slots());
      std::int32_t* const index = index_slot(p_.slots());
      // Numbers of taps are stored at once where channels lie side by side.
      const bool taps = p_.direct && p_.geometry.type == IndexType::u8 && !g_.w().adaptive && !p_.form.tiled;
      std::uint8_t* const to_taps = taps ? static_cast<std::uint8_t*>(output_indices(od, oh)) : nullptr;
      p_.direct ? direct(d, h, value, in_place ? step : width_, index, to_taps) : staged(d, h, value, index, origin);
      if (p_.form.copies()) {
        rows_.store(dst_, od, oh, windows, value);
      } else if (!in_place) {
        const std::int64_t bytes = dst_.bytes;
        char* const dst = output(od, oh);
        for (std::int64_t w = 0; w < windows; ++w) {
          std::memcpy(dst + w * step * bytes, value + w * width_ * bytes, static_cast<std::size_t>(width_ * bytes));
        }
      }
      if (p_.form.tiled) untile(od, oh, index, origin);
      if (!p_.form.tiled && !taps) store(index, width_, od, oh, 0, origin);
    }
    if (none || p_.empty_windows) fill_empty(od, oh, none);
  }

  void untile(std::int64_t od, std::int64_t oh, const std::int32_t* index, std::int64_t origin) noexcept {
    void* indices[tile_rows];
    const bool as_they_are = p_.geometry.type == IndexType::i32 && p_.geometry.step_plane == 0;
    for (std::int64_t r = 0; r < channels_; ++r) {
      indices[r] = as_they_are ? output_indices(od, oh, r) : index_rows_ + r * p_.index_row_bytes();
    }
    p_.kernels->indices_from_tile(index, g_.w().out, indices, channels_);
    if (as_they_are) return;
    for (std::int64_t r = 0; r < channels_; ++r) {
      store(static_cast<const std::int32_t*>(indices[r]), 1, od, oh, r, origin);
    }
  }

  // Windows of padding alone.
  void fill_empty(std::int64_t od, std::int64_t oh, bool all) noexcept {
    const std::int64_t width = p_.form.tiled ? 1 : width_;
    for (std::int64_t r = 0; r < (p_.form.tiled ? channels_ : 1); ++r) {
      for (std::int64_t w = 0; w < g_.w().out; ++w) {
        if (!all && p_.w_taps[w].count > 0) continue;
        auto* const value = static_cast<char*>(dst_.at(image_, channel_ + r, od, oh, w));
        for (std::int64_t e = 0; e < width; ++e) {
          std::memcpy(value + e * dst_.bytes, lowest_.bytes, static_cast<std::size_t>(dst_.bytes));
        }
        std::memset(to_indices_.at(image_, channel_ + r, od, oh, w), 255,
                    static_cast<std::size_t>(width * to_indices_.bytes));
      }
    }
  }

  // What tap row (i, k) of a window adds to indices.
  std::int32_t rise(const TapRange& d, const TapRange& h, std::int64_t i, std::int64_t k,
                    std::int64_t origin) const noexcept {
    if (p_.geometry.type == IndexType::u8) {
      const std::int64_t height = g_.h().adaptive ? h.count : g_.h().kernel;
      const std::int64_t row = (d.skipped + i) * height + h.skipped + k;
      return static_cast<std::int32_t>(g_.w().adaptive ? row << 8 : row * g_.w().kernel);
    }
    const std::int64_t row_d = d.first + i * g_.d().dilation, row_h = h.first + k * g_.h().dilation;
    return static_cast<std::int32_t>(row_d * p_.geometry.step_d + row_h * p_.geometry.step_h - origin);
  }
  void rises(const TapRange& d, const TapRange& h, std::int64_t origin) noexcept {
    if (!p_.direct && !p_.schedule.keeps) return;  // asked for one by one
    std::int64_t n = 0;
    for (std::int64_t i = 0; i < d.count; ++i) {
      for (std::int64_t k = 0; k < h.count; ++k) rise_[n++] = rise(d, h, i, k, origin);
    }
  }

  void direct(const TapRange& d, const TapRange& h, char* value, std::int64_t step, std::int32_t* index, std::uint8_t* bytes) noexcept {
    std::int64_t n = 0;
    for (std::int64_t i = 0; i < d.count; ++i) {
      for (std::int64_t k = 0; k < h.count; ++k) {
        const std::int64_t row_d = d.first + i * g_.d().dilation, row_h = h.first + k * g_.h().dilation;
        if (!p_.form.copies()) {
          values_[n++] = input(row_d, row_h, 0);
          continue;
        }
        const std::int64_t slot = ring_.slot(row_d, row_h);
        if (!ring_.take(slot, row_d, row_h, g_.h().in)) input(row_d, row_h, slot);
        values_[n++] = copies_ + slot * p_.copy_bytes();
      }
    }
    const IndexDirectArgs a{
        values_,    rise_,  n,     p_.taps, column(), step_of(g_.w().dilation, column()), index_step(), p_.w_taps.data(), p_.base.data(),
        g_.w().out, width_, value, step,    index, bytes, to_indices_.strides[4]};
    if (p_.kernels->direct(a)) p_.kernels->direct_exact(a);
  }

  std::int64_t index_step() const noexcept {
    return p_.geometry.type == IndexType::u8 ? 1 : step_of(g_.w().dilation, p_.geometry.step_w);
  }

  // Row (d, h) of the input into a slot; whether it met a NaN.
  bool make_row(std::int64_t d, std::int64_t h, std::int64_t slot) noexcept {
    const bool packed = column() == 1 && width_ == 1;
    const IndexRowArgs a{input(d, h, 0),
                         column(),
                         p_.columns,
                         width_,
                         g_.w().out,
                         p_.w_taps.data(),
                         p_.first.data(),
                         p_.last.data(),
                         p_.base.data(),
                         p_.taps,
                         g_.w().dilation,
                         index_step(),
                         packed ? p_.whole_begin : 0,
                         packed ? p_.whole_end : 0,
                         g_.w().stride,
                         value_slot(slot),
                         index_slot(slot)};
    const bool met = p_.kernels->row(a);
    if (met) p_.kernels->row_exact(a);
    return met;
  }

  void staged(const TapRange& d, const TapRange& h, char* value, std::int32_t* index, std::int64_t origin) noexcept {
    const std::int64_t width = g_.w().out * width_;
    if (!p_.schedule.keeps) return merged(d, h, value, index, width, origin);
    std::int64_t n = 0;
    bool met = false;
    for (std::int64_t i = 0; i < d.count; ++i) {
      for (std::int64_t k = 0; k < h.count; ++k, ++n) {
        const std::int64_t row_d = d.first + i * g_.d().dilation, row_h = h.first + k * g_.h().dilation;
        const std::int64_t slot = ring_.slot(row_d, row_h);
        if (!ring_.take(slot, row_d, row_h, g_.h().in)) nan_[slot] = make_row(row_d, row_h, slot);
        met = met || nan_[slot];
        values_[n] = value_slot(slot);
        indices_[n] = index_slot(slot);
      }
    }
    down({values_, indices_, rise_, n, width, value, index}, met);
  }

  void down(const IndexDownArgs& a, bool met) noexcept { met ? p_.kernels->down_exact(a) : p_.kernels->down(a); }

  // Windows of too many rows to keep: one row after the other.
  void merged(const TapRange& d, const TapRange& h, char* value, std::int32_t* index, std::int64_t width,
              std::int64_t origin) noexcept {
    bool met = false;
    std::int64_t done = 0;
    for (std::int64_t i = 0; i < d.count; ++i) {
      for (std::int64_t k = 0; k < h.count; ++k) {
        const bool nan = make_row(d.first + i * g_.d().dilation, h.first + k * g_.h().dilation, 0);
        met = met || nan;
        const void* values[2] = {value, value_slot(0)};
        const std::int32_t* indices[2] = {index, index_slot(0)};
        const std::int32_t rises[2] = {0, rise(d, h, i, k, origin)};
        const std::int64_t from = done == 0 ? 1 : 0;
        down({values + from, indices + from, rises + from, 2 - from, width, value, index}, met);
        ++done;
      }
    }
  }

  // A row's indices, of `width` channels from the task's channel `r` on.
  void store(const std::int32_t* index, std::int64_t width, std::int64_t od, std::int64_t oh, std::int64_t r,
             std::int64_t origin) noexcept {
    const std::int64_t windows = g_.w().out, step = p_.geometry.index_strides[4], plane = p_.geometry.step_plane;
    const std::int64_t first = (image_ * g_.c + channel_ + r) * plane, more = width == 1 ? 0 : plane;
    const bool same = !g_.w().adaptive;
    const bool run = same && more == 0 && (windows == 1 || step == width);
    const IndexStoreArgs a{index,
                           run ? 1 : windows,
                           run ? windows * width : width,
                           output_indices(od, oh, r),
                           step,
                           origin + first,
                           more,
                           p_.kernel.data(),
                           same};
    if (p_.geometry.type == IndexType::u8) return p_.kernels->store_u8(a);
    p_.geometry.type == IndexType::i32 ? p_.kernels->store_i32(a) : p_.kernels->store_i64(a);
  }

  const MaxIndicesPlanData& p_;
  const PoolGeometry& g_;
  const View<const void> src_;
  const View<void> dst_, to_indices_;
  char *memory_, *copies_, *index_rows_;
  RowRing ring_;
  LaneRows rows_;
  const Lowest lowest_;
  const void** values_;
  const std::int32_t** indices_;
  std::int32_t* rise_;
  bool* nan_;  // by slot
  std::int64_t image_ = 0, channel_ = 0, channels_ = 1;
  std::int64_t width_ = 1;  // of groups in rows; channels_ or a tile's
};

void run_indices(void* context, std::int64_t begin, std::int64_t end, int number) {
  const Run& run = *static_cast<const Run*>(context);
  char* const memory = (*run.memory)(number);
  if (run.plan.band_rows > 0) {
    for (std::int64_t t = begin; t < end; ++t) {
      walk_index_bands(run.plan, run.src, run.dst, run.indices, block_of(run.plan, t), memory);
    }
    return;
  }
  Worker worker(run, memory);
  for (std::int64_t t = begin; t < end; ++t) worker.rows(block_of(run.plan, t));
}

}  // namespace

void drive_max_indices(const MaxIndicesPlanData& plan, const void* src, void* dst, void* indices, char* workspace,
                       const Executor& executor) noexcept {
  const PoolGeometry& g = plan.geometry.pool;
  const std::int64_t bytes = plan.worker_bytes(), cleared = plan.band_rows > 0 ? bytes : 0;
  const WorkerMemory memory(workspace, bytes, cleared, worker_count(executor));
  Run run = make_run(plan, {src, g.src_strides, {}, size_of(g.src.type)}, dst, indices, &memory);
  run_tasks(executor, plan.schedule.tasks, plan.bytes, run_indices, &run);
}

void walk_max_indices(const MaxIndicesPlanData& plan, const View<const void>& src, void* dst, void* indices,
                      const PoolBlock& block, char* memory) noexcept {
  const Run run = make_run(plan, src, dst, indices, nullptr);
  if (plan.band_rows > 0) return walk_index_bands(plan, src, run.dst, run.indices, block, memory);
  Worker worker(run, memory);
  PoolBlock strip = block;
  for (const std::int64_t end = block.channel + block.channels; strip.channel < end; strip.channel += plan.schedule.strip) {
    strip.channels = std::min(plan.schedule.strip, end - strip.channel);
    worker.rows(strip);
  }
}

}  // namespace poolnorm
