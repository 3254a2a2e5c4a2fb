#include "drive/index_drive.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "drive/row_ring.hpp"
#include "drive/view.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

constexpr float lowest = -std::numeric_limits<float>::infinity();

struct Run {
  const MaxIndicesPlanData& plan;
  const float* src;
  float* dst;
  char* indices;
  char* workspace;
};

// One worker: its memory, and the task it is at.
class Worker {
 public:
  Worker(const Run& run, char* memory) noexcept
      : run_(run), p_(run.plan), g_(p_.geometry.pool), memory_(memory), ring_(nullptr, 0, 0) {
    for (int i = 0; i < max_rank; ++i) index_strides_[i] = p_.geometry.index_strides[i] * size_of(p_.geometry.type);
    tiles_ = memory + (p_.slots() + 1) * 2 * p_.row_bytes();
    index_rows_ = tiles_ + p_.tiles() * p_.tile_bytes();
    char* at = index_rows_ + tile_rows * p_.index_row_bytes();
    const std::int64_t slots = p_.ring_slots(), most = p_.most_rows();
    ring_ = RowRing(reinterpret_cast<std::int64_t*>(at), p_.schedule.ring_d, p_.schedule.ring_h);
    values_ = reinterpret_cast<const void**>(at + slots * 8);
    indices_ = reinterpret_cast<const std::int32_t**>(values_ + most);
    rise_ = reinterpret_cast<std::int32_t*>(indices_ + most);
    nan_ = reinterpret_cast<bool*>(rise_ + most);
  }

  void task(std::int64_t t) noexcept {
    const RingSchedule& s = p_.schedule;
    const std::int64_t part = t % s.row_tasks, slab = t / s.row_tasks % s.slabs;
    image_ = t / s.row_tasks / s.slabs;
    channel_ = slab * s.strip;
    channels_ = std::min(s.strip, g_.c - channel_);
    width_ = p_.tiled ? tile_rows : channels_;
    ring_.clear();
    const std::int64_t end = std::min((part + 1) * s.task_rows, g_.d().out * g_.h().out);
    for (std::int64_t r = part * s.task_rows; r < end; ++r) row(r / g_.h().out, r % g_.h().out);
  }

 private:
  float* value_slot(std::int64_t i) const noexcept {
    return reinterpret_cast<float*>(memory_ + 2 * i * p_.row_bytes());
  }
  std::int32_t* index_slot(std::int64_t i) const noexcept {
    return reinterpret_cast<std::int32_t*>(memory_ + (2 * i + 1) * p_.row_bytes());
  }

  const float* input(std::int64_t d, std::int64_t h, std::int64_t channel = 0) const noexcept {
    return View<const float>{run_.src, g_.src_strides}.at(image_, channel_ + channel, d, h);
  }
  float* output(std::int64_t od, std::int64_t oh, std::int64_t channel = 0) const noexcept {
    return View<float>{run_.dst, g_.dst_strides}.at(image_, channel_ + channel, od, oh);
  }
  char* output_indices(std::int64_t od, std::int64_t oh, std::int64_t channel = 0) const noexcept {
    return View<char>{run_.indices, index_strides_}.at(image_, channel_ + channel, od, oh);
  }
  // Row (d, h) of sixteen channels side by side.
  const float* tile(std::int64_t d, std::int64_t h, std::int64_t slot) noexcept {
    const void* rows[tile_rows];
    for (std::int64_t r = 0; r < tile_rows; ++r) rows[r] = input(d, h, std::min(r, channels_ - 1));
    char* const to = tiles_ + slot * p_.tile_bytes();
    p_.kernels->to_tile(rows, g_.w().in, to);
    return reinterpret_cast<const float*>(to);
  }
  std::int64_t column() const noexcept { return p_.tiled ? tile_rows : g_.src_strides[4]; }

  void row(std::int64_t od, std::int64_t oh) noexcept {
    const TapRange &d = p_.d_taps[od], &h = p_.h_taps[oh];
    const std::int64_t windows = g_.w().out, step = g_.dst_strides[4];
    // Flat indices count from row `origin`: the plane's first where they fit 32 bits.
    const bool small = p_.geometry.plane <= std::numeric_limits<std::int32_t>::max();
    const std::int64_t origin = small ? 0 : d.first * g_.h().in + h.first;
    const bool none = d.count == 0 || h.count == 0;
    if (!none) {
      rises(d, h, origin);
      const bool in_place = !p_.tiled && (p_.direct || windows == 1 || step == width_);
      float* const value = in_place ? output(od, oh) : value_slot(p_.slots());
      std::int32_t* const index = index_slot(p_.slots());
      p_.direct ? direct(d, h, value, in_place ? step : width_, index) : staged(d, h, value, index, origin);
      if (p_.tiled) {
        untile(od, oh, value, index, origin);
      } else {
        if (!in_place) {
          float* const dst = output(od, oh);
          for (std::int64_t w = 0; w < windows; ++w) std::copy_n(value + w * width_, width_, dst + w * step);
        }
        store(index, width_, output_indices(od, oh), origin);
      }
    }
    if (none || p_.empty_windows) fill_empty(od, oh, none);
  }

  void untile(std::int64_t od, std::int64_t oh, const float* value, const std::int32_t* index,
              std::int64_t origin) noexcept {
    void *values[tile_rows], *indices[tile_rows];
    for (std::int64_t r = 0; r < channels_; ++r) {
      values[r] = output(od, oh, r);
      indices[r] =
          p_.geometry.type == IndexType::i32 ? output_indices(od, oh, r) : index_rows_ + r * p_.index_row_bytes();
    }
    p_.kernels->from_tile(value, g_.w().out, values, channels_);
    p_.kernels->from_tile(index, g_.w().out, indices, channels_);
    if (p_.geometry.type == IndexType::i32) return;
    for (std::int64_t r = 0; r < channels_; ++r) {
      store(static_cast<const std::int32_t*>(indices[r]), 1, output_indices(od, oh, r), origin);
    }
  }

  // Windows of padding alone.
  void fill_empty(std::int64_t od, std::int64_t oh, bool all) noexcept {
    const std::int64_t width = p_.tiled ? 1 : width_, size = size_of(p_.geometry.type);
    for (std::int64_t r = 0; r < (p_.tiled ? channels_ : 1); ++r) {
      for (std::int64_t w = 0; w < g_.w().out; ++w) {
        if (!all && p_.w_taps[w].count > 0) continue;
        std::fill_n(output(od, oh, r) + w * g_.dst_strides[4], width, lowest);
        std::memset(output_indices(od, oh, r) + w * index_strides_[4], 255, static_cast<std::size_t>(width * size));
      }
    }
  }

  // What tap row (i, k) of a window adds to indices.
  std::int32_t rise(const TapRange& d, const TapRange& h, std::int64_t i, std::int64_t k,
                    std::int64_t origin) const noexcept {
    if (p_.geometry.type == IndexType::u8) {
      const std::int64_t height = g_.h().adaptive ? h.count : g_.h().kernel;
      return static_cast<std::int32_t>(((d.skipped + i) * height + h.skipped + k) << 8);
    }
    const std::int64_t row = (d.first + i * g_.d().dilation) * g_.h().in + h.first + k * g_.h().dilation;
    return static_cast<std::int32_t>((row - origin) * g_.w().in);
  }
  void rises(const TapRange& d, const TapRange& h, std::int64_t origin) noexcept {
    if (!p_.direct && !p_.schedule.keeps) return;  // asked for one by one
    std::int64_t n = 0;
    for (std::int64_t i = 0; i < d.count; ++i) {
      for (std::int64_t k = 0; k < h.count; ++k) rise_[n++] = rise(d, h, i, k, origin);
    }
  }

  void direct(const TapRange& d, const TapRange& h, float* value, std::int64_t step, std::int32_t* index) noexcept {
    std::int64_t n = 0;
    for (std::int64_t i = 0; i < d.count; ++i) {
      for (std::int64_t k = 0; k < h.count; ++k) {
        const std::int64_t row_d = d.first + i * g_.d().dilation, row_h = h.first + k * g_.h().dilation;
        if (!p_.tiled) {
          values_[n++] = input(row_d, row_h);
          continue;
        }
        const std::int64_t slot = ring_.slot(row_d, row_h);
        if (!ring_.take(slot, row_d, row_h, g_.h().in)) tile(row_d, row_h, slot);
        values_[n++] = tiles_ + slot * p_.tile_bytes();
      }
    }
    const IndexDirectArgs a{
        values_,    rise_,  n,     p_.taps, column(), g_.w().dilation, index_step(), p_.w_taps.data(), p_.base.data(),
        g_.w().out, width_, value, step,    index};
    if (p_.kernels->direct(a)) p_.kernels->direct_exact(a);
  }

  std::int64_t index_step() const noexcept { return p_.geometry.type == IndexType::u8 ? 1 : g_.w().dilation; }

  // Row (d, h) of the input into a slot; whether it met a NaN.
  bool make_row(std::int64_t d, std::int64_t h, std::int64_t slot) noexcept {
    const bool packed = g_.src_strides[4] == 1 && width_ == 1;
    const IndexRowArgs a{p_.tiled ? tile(d, h, 0) : input(d, h),
                         column(),
                         g_.w().in,
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

  void staged(const TapRange& d, const TapRange& h, float* value, std::int32_t* index, std::int64_t origin) noexcept {
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
  void merged(const TapRange& d, const TapRange& h, float* value, std::int32_t* index, std::int64_t width,
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

  void store(const std::int32_t* index, std::int64_t width, char* dst, std::int64_t origin) noexcept {
    const std::int64_t windows = g_.w().out, step = p_.geometry.index_strides[4];
    const bool same = !g_.w().adaptive;
    const bool run = same && (windows == 1 || step == width);
    const IndexStoreArgs a{
        index, run ? 1 : windows, run ? windows * width : width, dst, step, origin * g_.w().in, p_.kernel.data(), same};
    if (p_.geometry.type == IndexType::u8) return p_.kernels->store_u8(a);
    p_.geometry.type == IndexType::i32 ? p_.kernels->store_i32(a) : p_.kernels->store_i64(a);
  }

  const Run& run_;
  const MaxIndicesPlanData& p_;
  const PoolGeometry& g_;
  char *memory_, *tiles_, *index_rows_;
  std::int64_t index_strides_[max_rank];  // in bytes
  RowRing ring_;
  const void** values_;
  const std::int32_t** indices_;
  std::int32_t* rise_;
  bool* nan_;  // by slot
  std::int64_t image_ = 0, channel_ = 0, channels_ = 1;
  std::int64_t width_ = 1;  // of groups in rows; channels_ or a tile's
};

void run_indices(void* context, std::int64_t begin, std::int64_t end, int number) {
  const Run& run = *static_cast<const Run*>(context);
  char* memory = run.workspace + number * run.plan.worker_bytes();
  std::memset(memory, 0, static_cast<std::size_t>(run.plan.worker_bytes()));
  Worker worker(run, memory);
  for (std::int64_t t = begin; t < end; ++t) worker.task(t);
}

}  // namespace

void drive_max_indices(const MaxIndicesPlanData& plan, const float* src, float* dst, void* indices, char* workspace,
                       const Executor& executor) noexcept {
  Run run{plan, src, dst, static_cast<char*>(indices), workspace};
  run_tasks(executor, plan.schedule.tasks, plan.bytes, run_indices, &run);
}

}  // namespace poolnorm
