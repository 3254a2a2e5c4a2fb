// Elements to where their indices say; one task owns the planes it writes.
#include <algorithm>
#include <cstring>

#include "drive/index_drive.hpp"
#include "drive/view.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const ScatterPlanData& plan;
  const float* src;
  const void* indices;
  float* dst;
  char* workspace;
};

template <bool Add>
void put(float& at, float x) noexcept {
  at = Add ? at + x : x;
}

// Elements of one image and a strip of channels.
template <class Index, bool Add>
class Scatter {
 public:
  Scatter(const Run& run, std::int64_t image, std::int64_t channel, std::int64_t width) noexcept
      : p_(run.plan), g_(p_.geometry.pool), last_(g_.walk == Walk::channels_last), width_(width) {
    src_ = run.src + image * g_.dst_strides[0] + channel * g_.dst_strides[1];
    const std::int64_t* is = p_.geometry.index_strides;
    indices_ = static_cast<const Index*>(run.indices) + image * is[0] + channel * is[1];
    dst_ = run.dst + image * g_.src_strides[0] + channel * g_.src_strides[1];
    const std::int64_t* s = g_.src_strides;
    const Axis &d = g_.d(), &h = g_.h(), &w = g_.w();
    step_ = w.in > 1 ? s[4] : h.in > 1 ? s[3] : d.in > 1 ? s[2] : 1;
    even_ = (h.in == 1 || s[3] == w.in * step_) && (d.in == 1 || s[2] == h.in * w.in * step_);
  }

  // How many indices were skipped.
  std::int64_t run() noexcept {
    clear();
    for (std::int64_t od = 0; od < g_.d().out; ++od) {
      for (std::int64_t oh = 0; oh < g_.h().out; ++oh) row(od, oh);
    }
    return skipped_;
  }

 private:
  void clear() noexcept {
    const std::int64_t* s = g_.src_strides;
    for (std::int64_t d = 0; d < g_.d().in; ++d) {
      for (std::int64_t h = 0; h < g_.h().in; ++h) {
        float* row = dst_ + d * s[2] + h * s[3];
        const bool run = g_.w().in == 1 || s[4] == width_;
        const std::int64_t pieces = run ? 1 : g_.w().in, piece = run ? g_.w().in * width_ : width_;
        for (std::int64_t w = 0; w < pieces; ++w) std::fill_n(row + w * s[4], piece, 0.0f);
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
    const std::int64_t *ss = g_.dst_strides, *is = p_.geometry.index_strides;
    const float* src = src_ + od * ss[2] + oh * ss[3];
    const Index* index = indices_ + od * is[2] + oh * is[3];
    if constexpr (sizeof(Index) > 1) {
      if (even_) {
        const auto plane = static_cast<std::uint64_t>(p_.geometry.plane);
        // One run along W, or one along the channels for every window.
        const std::int64_t runs = last_ ? g_.w().out : 1, length = last_ ? width_ : g_.w().out;
        for (std::int64_t r = 0; r < runs; ++r) {
          const float* x = src + r * ss[4];
          const Index* at = index + r * is[4];
          for (std::int64_t e = 0; e < length; ++e) {
            const auto i = static_cast<std::uint64_t>(static_cast<std::int64_t>(at[e]));
            if (i >= plane) {
              skip(at[e], od, oh, last_ ? r : e);
              continue;
            }
            put<Add>(dst_[static_cast<std::int64_t>(i) * step_ + (last_ ? e : 0)], x[e]);
          }
        }
        return;
      }
    }
    for (std::int64_t w = 0; w < g_.w().out; ++w) {
      const float* x = src + w * ss[4];
      const Index* at = index + w * is[4];
      if constexpr (sizeof(Index) == 1) {
        // Windows with all their taps, side by side.
        std::int64_t end = w;
        if (whole(g_.d(), p_.d_taps[od]) && whole(g_.h(), p_.h_taps[oh])) {
          while (end < g_.w().out && whole(g_.w(), p_.w_taps[end])) ++end;
        }
        if (end > w) {
          const std::int64_t* s = g_.src_strides;
          float* first = dst_ + g_.d().start(od) * s[2] + g_.h().start(oh) * s[3] + g_.w().start(w) * s[4];
          skipped_ += width_ == 1 ? taps(x, at, first, end - w, g_.w().stride * s[4], ss[4], is[4])
                                  : wide_taps(x, at, first, end - w, g_.w().stride * s[4], ss[4], is[4]);
          w = end - 1;
          continue;
        }
      }
      for (std::int64_t e = 0; e < width_; ++e) {
        const std::int64_t offset = decode(at[e], od, oh, w);
        offset < 0 ? skip(at[e], od, oh, w) : put<Add>(dst_[offset + e], x[e]);
      }
    }
  }

  static bool whole(const Axis& a, const TapRange& t) noexcept { return !a.adaptive && t.count == a.kernel; }

  // `windows` windows of one channel, `step` apart; how many taps they do not have.
  std::int64_t taps(const float* x, const Index* at, float* first, std::int64_t windows, std::int64_t step,
                    std::int64_t x_step, std::int64_t at_step) const noexcept {
    const std::int64_t count = g_.d().kernel * g_.h().kernel * g_.w().kernel;
    std::int64_t skipped = 0;
    for (std::int64_t w = 0; w < windows; ++w, first += step) {
      const Index tap = at[w * at_step];
      if (tap >= count) {
        ++skipped;
        continue;
      }
      put<Add>(first[p_.tap_offset[tap]], x[w * x_step]);
    }
    return skipped;
  }
  std::int64_t wide_taps(const float* x, const Index* at, float* first, std::int64_t windows, std::int64_t step,
                         std::int64_t x_step, std::int64_t at_step) const noexcept {
    std::int64_t skipped = 0;
    for (std::int64_t w = 0; w < windows; ++w) {
      skipped += taps(x + w * x_step, at + w * at_step, first + w * step, width_, 1, 1, 1);
    }
    return skipped;
  }

  // Where an index stands, from the plane's first element; -1: nowhere.
  std::int64_t decode(Index index, std::int64_t od, std::int64_t oh, std::int64_t ow) const noexcept {
    const Axis &da = g_.d(), &ha = g_.h(), &wa = g_.w();
    std::int64_t d, h, w;
    const auto i = static_cast<std::int64_t>(index);
    if constexpr (sizeof(Index) == 1) {
      const std::int64_t kernel_h = ha.adaptive ? p_.h_taps[oh].count : ha.kernel;
      const std::int64_t kernel_w = wa.adaptive ? p_.w_taps[ow].count : wa.kernel;
      const std::int64_t kernel_d = da.adaptive ? p_.d_taps[od].count : da.kernel;
      if (i >= kernel_d * kernel_h * kernel_w) return -1;
      d = da.start(od) + i / (kernel_h * kernel_w) * da.dilation;
      h = ha.start(oh) + i / kernel_w % kernel_h * ha.dilation;
      w = wa.start(ow) + i % kernel_w * wa.dilation;
      if (d < 0 || d >= da.in || h < 0 || h >= ha.in || w < 0 || w >= wa.in) return -1;
    } else {
      if (i < 0 || i >= p_.geometry.plane) return -1;
      w = i % wa.in;
      h = i / wa.in % ha.in;
      d = i / wa.in / ha.in;
    }
    return d * g_.src_strides[2] + h * g_.src_strides[3] + w * g_.src_strides[4];
  }

  const ScatterPlanData& p_;
  const PoolGeometry& g_;
  const bool last_;
  const std::int64_t width_;
  const float* src_;
  const Index* indices_;
  float* dst_;
  std::int64_t step_;  // `even_`: index i stands at i * step_
  bool even_;
  std::int64_t skipped_ = 0;
};

template <class Index, bool Add>
void run_scatter(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const Run& run = *static_cast<const Run*>(context);
  const ScatterPlanData& p = run.plan;
  auto* skipped = reinterpret_cast<std::int64_t*>(run.workspace + worker * p.worker_bytes());
  for (std::int64_t t = begin; t < end; ++t) {
    const std::int64_t channel = t % p.slabs * p.strip;
    const std::int64_t width = std::min(p.strip, p.geometry.pool.c - channel);
    *skipped += Scatter<Index, Add>(run, t / p.slabs, channel, width).run();
  }
}

template <class Index>
Task task_of(bool add) noexcept {
  return add ? run_scatter<Index, true> : run_scatter<Index, false>;
}

}  // namespace

std::int64_t drive_scatter(const ScatterPlanData& plan, bool add, const float* src, const void* indices, float* dst,
                           char* workspace, const Executor& executor) noexcept {
  Run run{plan, src, indices, dst, workspace};
  const int workers = worker_count(executor);
  std::memset(workspace, 0, static_cast<std::size_t>(workers * plan.worker_bytes()));
  const IndexType type = plan.geometry.type;
  run_tasks(executor, plan.tasks, plan.bytes,
            type == IndexType::u8    ? task_of<std::uint8_t>(add)
            : type == IndexType::i32 ? task_of<std::int32_t>(add)
                                     : task_of<std::int64_t>(add),
            &run);
  std::int64_t skipped = 0;
  for (int w = 0; w < workers; ++w) skipped += *reinterpret_cast<std::int64_t*>(workspace + w * plan.worker_bytes());
  return skipped;
}

}  // namespace poolnorm
