// Elements to where their indices say; one task owns the planes it writes. Bits are moved, gradients added.
#include <algorithm>
#include <cstring>

#include "drive/index_drive.hpp"
#include "drive/lane_rows.hpp"
#include "drive/worker_memory.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const ScatterPlanData& plan;
  const void* src;
  const void* indices;
  void* dst;
};

template <bool Add, class T>
void put(T& at, T x) noexcept {
  if constexpr (Add) {
    at = at + x;
  } else {
    at = x;
  }
}

// Elements of one image and a strip of channels. T: what is added up; without Add, any type of the elements' size.
template <class Index, class T, bool Add>
class Scatter {
 public:
  // `memory`: row_bytes() and planes_bytes() of the plan.
  Scatter(const Run& run, std::int64_t image, std::int64_t channel, std::int64_t width, char* memory) noexcept
      : p_(run.plan),
        g_(p_.geometry.pool),
        last_(g_.walk == Walk::channels_last),
        image_(image),
        channel_(channel),
        width_(width),
        src_{run.src, g_.dst_strides, {}, size_of(g_.dst.type)},
        dst_{run.dst, g_.src_strides, {}, size_of(g_.src.type)},
        row_(memory),
        planes_(p_.convert == nullptr ? static_cast<T*>(dst_.at(image, channel, 0, 0))
                                      : reinterpret_cast<T*>(memory + p_.row_bytes())) {
    const std::int64_t* is = p_.geometry.index_strides;
    rise_ = (image * g_.c + channel) * p_.geometry.step_plane;
    indices_ = static_cast<const Index*>(run.indices) + image * is[0] + channel * is[1];
    element_rise_ = last_ ? p_.geometry.step_plane : 0;
    const std::int64_t* s = p_.strides;
    const Axis &d = g_.d(), &h = g_.h(), &w = g_.w();
    step_ = w.in > 1 ? s[4] : h.in > 1 ? s[3] : d.in > 1 ? s[2] : 1;
    even_ =
        p_.geometry.step_w == 1 && (h.in == 1 || s[3] == w.in * step_) && (d.in == 1 || s[2] == h.in * w.in * step_);
  }

  // How many indices were skipped.
  std::int64_t run() noexcept {
    clear();
    for (std::int64_t od = 0; od < g_.d().out; ++od) {
      for (std::int64_t oh = 0; oh < g_.h().out; ++oh) row(od, oh);
    }
    if (p_.convert != nullptr) store();
    return skipped_;
  }

 private:
  void clear() noexcept {
    const std::int64_t* s = p_.strides;
    for (std::int64_t d = 0; d < g_.d().in; ++d) {
      for (std::int64_t h = 0; h < g_.h().in; ++h) {
        T* row = planes_ + d * s[2] + h * s[3];
        const bool run = g_.w().in == 1 || s[4] == width_;
        const std::int64_t pieces = run ? 1 : g_.w().in, piece = run ? g_.w().in * width_ : width_;
        for (std::int64_t w = 0; w < pieces; ++w) std::fill_n(row + w * s[4], piece, T(0));
      }
    }
  }

  // A row of windows, and the step between them.
  LaneRow<const T> windows(std::int64_t od, std::int64_t oh) const noexcept {
    const void* const row = src_.at(image_, channel_, od, oh);
    const std::int64_t step = src_.strides[4], columns = g_.w().out;
    if (p_.convert == nullptr) return {static_cast<const T*>(row), step};
    convert_row(p_.convert->widen, row, step, row_, width_, width_, columns);
    return {reinterpret_cast<const T*>(row_), width_};
  }

  // Sums to elements.
  void store() const noexcept {
    const std::int64_t* s = p_.strides;
    for (std::int64_t d = 0; d < g_.d().in; ++d) {
      for (std::int64_t h = 0; h < g_.h().in; ++h) {
        convert_row(p_.convert->narrow, planes_ + d * s[2] + h * s[3], s[4], dst_.at(image_, channel_, d, h),
                    dst_.strides[4], width_, g_.w().in);
      }
    }
  }

  bool empty(std::int64_t od, std::int64_t oh, std::int64_t ow) const noexcept {
    return p_.d_taps[od].count == 0 || p_.h_taps[oh].count == 0 || p_.w_taps[ow].count == 0;
  }
  void skip(Index i, std::int64_t od, std::int64_t oh, std::int64_t ow) noexcept {
    if (i != static_cast<Index>(-1) || !empty(od, oh, ow)) ++skipped_;
  }

  void row(std::int64_t od, std::int64_t oh) noexcept {
    const std::int64_t* is = p_.geometry.index_strides;
    const LaneRow<const T> src = windows(od, oh);
    const Index* index = indices_ + od * is[2] + oh * is[3];
    if constexpr (sizeof(Index) > 1) {
      if (even_) {
        const auto plane = static_cast<std::uint64_t>(p_.geometry.plane);
        // One run along W, or one along the channels for every window.
        const std::int64_t runs = last_ ? g_.w().out : 1, length = last_ ? width_ : g_.w().out;
        for (std::int64_t r = 0; r < runs; ++r) {
          const T* x = src.data + r * src.step;
          const Index* at = index + r * is[4];
          for (std::int64_t e = 0; e < length; ++e) {
            const std::uint64_t i = in_plane(at[e], e);
            if (i >= plane) {
              skip(at[e], od, oh, last_ ? r : e);
              continue;
            }
            put<Add>(planes_[static_cast<std::int64_t>(i) * step_ + (last_ ? e : 0)], x[e]);
          }
        }
        return;
      }
    }
    for (std::int64_t w = 0; w < g_.w().out; ++w) {
      const T* x = src.data + w * src.step;
      const Index* at = index + w * is[4];
      if constexpr (sizeof(Index) == 1) {
        // Windows with all their taps, side by side.
        std::int64_t end = w;
        if (whole(g_.d(), p_.d_taps[od]) && whole(g_.h(), p_.h_taps[oh])) {
          while (end < g_.w().out && whole(g_.w(), p_.w_taps[end])) ++end;
        }
        if (end > w) {
          const std::int64_t* s = p_.strides;
          T* first = planes_ + g_.d().start(od) * s[2] + g_.h().start(oh) * s[3] + g_.w().start(w) * s[4];
          const std::int64_t step = step_of(g_.w().stride, s[4]);
          skipped_ += width_ == 1 ? taps(x, at, first, end - w, step, src.step, is[4])
                                  : wide_taps(x, at, first, end - w, step, src.step, is[4]);
          w = end - 1;
          continue;
        }
      }
      for (std::int64_t e = 0; e < width_; ++e) {
        const std::int64_t offset = decode(at[e], e, od, oh, w);
        offset < 0 ? skip(at[e], od, oh, w) : put<Add>(planes_[offset + e], x[e]);
      }
    }
  }

  static bool whole(const Axis& a, const TapRange& t) noexcept { return !a.adaptive && t.count == a.kernel; }

  // `windows` windows of one channel, `step` apart; how many taps they do not have.
  std::int64_t taps(const T* x, const Index* at, T* first, std::int64_t windows, std::int64_t step, std::int64_t x_step,
                    std::int64_t at_step) const noexcept {
    const std::int64_t count = g_.d().kernel * g_.h().kernel * g_.w().kernel;
    std::int64_t skipped = 0;
    for (std::int64_t w = 0; w < windows; ++w) {
      const Index tap = at[w * at_step];
      if (tap >= count) {
        ++skipped;
        continue;
      }
      put<Add>(first[w * step + p_.tap_offset[tap]], x[w * x_step]);
    }
    return skipped;
  }
  std::int64_t wide_taps(const T* x, const Index* at, T* first, std::int64_t windows, std::int64_t step,
                         std::int64_t x_step, std::int64_t at_step) const noexcept {
    std::int64_t skipped = 0;
    for (std::int64_t w = 0; w < windows; ++w) {
      skipped += taps(x + w * x_step, at + w * at_step, first + w * step, width_, 1, 1, 1);
    }
    return skipped;
  }

  // An index without what its plane adds; of other planes, and of none, above the plane's elements.
  std::uint64_t in_plane(Index index, std::int64_t e) const noexcept {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(index)) -
           static_cast<std::uint64_t>(rise_ + e * element_rise_);
  }

  // Where an index stands, from the plane's first element; -1: nowhere.
  std::int64_t decode(Index index, std::int64_t e, std::int64_t od, std::int64_t oh, std::int64_t ow) const noexcept {
    const Axis &da = g_.d(), &ha = g_.h(), &wa = g_.w();
    std::int64_t d, h, w;
    if constexpr (sizeof(Index) == 1) {
      const auto i = static_cast<std::int64_t>(index);
      const std::int64_t kernel_h = ha.adaptive ? p_.h_taps[oh].count : ha.kernel;
      const std::int64_t kernel_w = wa.adaptive ? p_.w_taps[ow].count : wa.kernel;
      const std::int64_t kernel_d = da.adaptive ? p_.d_taps[od].count : da.kernel;
      if (i >= kernel_d * kernel_h * kernel_w) return -1;
      d = da.start(od) + i / (kernel_h * kernel_w) * da.dilation;
      h = ha.start(oh) + i / kernel_w % kernel_h * ha.dilation;
      w = wa.start(ow) + i % kernel_w * wa.dilation;
      if (d < 0 || d >= da.in || h < 0 || h >= ha.in || w < 0 || w >= wa.in) return -1;
    } else {
      const std::uint64_t at = in_plane(index, e);
      if (at >= static_cast<std::uint64_t>(p_.geometry.plane)) return -1;
      const auto place = static_cast<std::int64_t>(at);
      w = place / p_.geometry.step_w % wa.in;
      h = place / p_.geometry.step_h % ha.in;
      d = place / p_.geometry.step_d % da.in;
    }
    return d * p_.strides[2] + h * p_.strides[3] + w * p_.strides[4];
  }

  const ScatterPlanData& p_;
  const PoolGeometry& g_;
  const bool last_;
  const std::int64_t image_, channel_, width_;
  const View<const void> src_;
  const View<void> dst_;
  char* const row_;
  T* const planes_;
  const Index* indices_;
  std::int64_t rise_, element_rise_ = 0;  // what the plane of the first channel adds to indices, and the next one more
  std::int64_t step_;                     // `even_`: index i stands at i * step_
  bool even_;
  std::int64_t skipped_ = 0;
};

// How many indices were skipped. `memory`: worker_bytes() of the plan.
using ScatterChannels = std::int64_t (*)(const Run& run, std::int64_t image, std::int64_t channel,
                                         std::int64_t channels, char* memory);

template <class Index, class T, bool Add>
std::int64_t scatter_strips(const Run& run, std::int64_t image, std::int64_t channel, std::int64_t channels,
                            char* memory) noexcept {
  const std::int64_t strip = run.plan.strip, end = channel + channels;
  std::int64_t skipped = 0;
  for (std::int64_t c = channel; c < end; c += strip) {
    Scatter<Index, T, Add> scatter(run, image, c, std::min(strip, end - c), memory);
    skipped += scatter.run();
  }
  return skipped;
}

template <class Index>
ScatterChannels scatter_of(bool add, std::int64_t bytes) noexcept {
  if (add) return bytes == 8 ? scatter_strips<Index, double, true> : scatter_strips<Index, float, true>;
  switch (bytes) {
    case 1: return scatter_strips<Index, std::uint8_t, false>;
    case 2: return scatter_strips<Index, std::uint16_t, false>;
    case 4: return scatter_strips<Index, std::uint32_t, false>;
    default: return scatter_strips<Index, std::uint64_t, false>;
  }
}

ScatterChannels scatter_of(const ScatterPlanData& plan) noexcept {
  const IndexType type = plan.geometry.type;
  const std::int64_t bytes = size_of(plan.geometry.pool.src.type);
  return type == IndexType::u8    ? scatter_of<std::uint8_t>(plan.adds, bytes)
         : type == IndexType::i32 ? scatter_of<std::int32_t>(plan.adds, bytes)
                                  : scatter_of<std::int64_t>(plan.adds, bytes);
}

struct TaskRun {
  const Run& run;
  ScatterChannels scatter;
  const WorkerMemory& memory;
};

void run_scatter(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const TaskRun& t = *static_cast<const TaskRun*>(context);
  const ScatterPlanData& p = t.run.plan;
  for (std::int64_t task = begin; task < end; ++task) {
    const std::int64_t channel = task % p.slabs * p.strip;
    const std::int64_t channels = std::min(p.strip, p.geometry.pool.c - channel);
    t.memory.count(worker, t.scatter(t.run, task / p.slabs, channel, channels, t.memory(worker)));
  }
}

}  // namespace

std::int64_t drive_scatter(const ScatterPlanData& plan, const void* src, const void* indices, void* dst,
                           char* workspace, const Executor& executor) noexcept {
  const Run run{plan, src, indices, dst};
  const std::int64_t bytes = plan.worker_bytes();
  const WorkerMemory memory(workspace, bytes, bytes, worker_count(executor));
  TaskRun tasks{run, scatter_of(plan), memory};
  run_tasks(executor, plan.tasks, plan.bytes, run_scatter, &tasks);
  return memory.total();
}

std::int64_t scatter_channels(const ScatterPlanData& plan, const void* src, const void* indices, void* dst,
                              std::int64_t image, std::int64_t channel, std::int64_t channels, char* memory) noexcept {
  return scatter_of(plan)({plan, src, indices, dst}, image, channel, channels, memory);
}

}  // namespace poolnorm
