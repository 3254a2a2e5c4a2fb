#include "drive/spread_drive.hpp"

#include <algorithm>
#include <cstring>

#include "drive/row_ring.hpp"
#include "drive/view.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const SpreadPlanData& plan;
  const float* src;
  float* dst;
  char* workspace;
};

class Worker {
 public:
  Worker(const Run& run, char* memory) noexcept
      : run_(run), p_(run.plan), g_(p_.geometry), memory_(memory), ring_(nullptr, 0, 0) {
    tile_ = memory + p_.quotient_bytes() + (p_.slots() + 2) * p_.row_bytes();
    char* at = tile_ + p_.tile_bytes();
    ring_ = RowRing(reinterpret_cast<std::int64_t*>(at), p_.schedule.ring_d, p_.schedule.ring_h);
    rows_ = reinterpret_cast<const void**>(at + p_.slots() * 8);
    auto* all = reinterpret_cast<float*>(memory);
    std::fill_n(all, p_.quotient_bytes() / 4, -0.0f);
    quotients_ = all + p_.margin();
  }

  void task(std::int64_t t) noexcept {
    const RingSchedule& s = p_.schedule;
    const std::int64_t part = t % s.row_tasks, slab = t / s.row_tasks % s.slabs;
    image_ = t / s.row_tasks / s.slabs;
    channel_ = slab * s.strip;
    channels_ = std::min(s.strip, g_.c - channel_);
    width_ = p_.tiled ? tile_rows : channels_;
    ring_.clear();
    if (width_ == 1) quotients_[g_.w().out] = -0.0f;  // a wider strip may have been there
    const std::int64_t end = std::min((part + 1) * s.task_rows, g_.d().in * g_.h().in);
    for (std::int64_t r = part * s.task_rows; r < end; ++r) row(r / g_.h().in, r % g_.h().in);
  }

 private:
  float* sums(std::int64_t slot) const noexcept {
    return reinterpret_cast<float*>(memory_ + p_.quotient_bytes() + slot * p_.row_bytes());
  }

  const float* input(std::int64_t od, std::int64_t oh, std::int64_t channel = 0) const noexcept {
    return View<const float>{run_.src, g_.dst_strides}.at(image_, channel_ + channel, od, oh);
  }
  float* output(std::int64_t d, std::int64_t h, std::int64_t channel = 0) const noexcept {
    return View<float>{run_.dst, g_.src_strides}.at(image_, channel_ + channel, d, h);
  }

  // What output row (od, oh) gives to each column.
  void make_row(std::int64_t od, std::int64_t oh, float* sums) noexcept {
    const void* src = input(od, oh);
    std::int64_t step = g_.dst_strides[4];
    if (p_.tiled) {
      const void* rows[tile_rows];
      for (std::int64_t r = 0; r < tile_rows; ++r) rows[r] = input(od, oh, std::min(r, channels_ - 1));
      p_.kernels->to_tile(rows, g_.w().out, tile_);
      src = tile_;
      step = tile_rows;
    }
    p_.kernels->quotients({src, step, g_.w().out, width_, p_.scales.at(od, oh, 0), p_.scales.step(), quotients_});
    p_.kernels->spread({quotients_, p_.first.data(), p_.count.data(), p_.w.most, p_.w.step, g_.w().in, width_,
                        static_cast<std::int32_t>(g_.w().out), p_.regular, sums});
  }

  void row(std::int64_t d, std::int64_t h) noexcept {
    const Seen &sd = p_.d.inputs[d], &sh = p_.h.inputs[h];
    std::int64_t n = 0;
    for (std::int64_t i = 0; i < sd.count; ++i) {
      for (std::int64_t k = 0; k < sh.count; ++k) {
        const std::int64_t od = sd.first + i * p_.d.step, oh = sh.first + k * p_.h.step;
        const std::int64_t slot = p_.schedule.keeps ? ring_.slot(od, oh) : 0;
        if (p_.schedule.keeps) {
          if (!ring_.take(slot, od, oh, g_.h().out)) make_row(od, oh, sums(slot));
          rows_[n++] = sums(slot);
          continue;
        }
        // One after the other: the sum so far, and one row more.
        make_row(od, oh, n == 0 ? sums(1) : sums(0));
        if (n++ == 0) continue;
        add_row();
      }
    }
    if (!p_.schedule.keeps && n > 0) {
      rows_[0] = sums(1);
      n = 1;
    }
    if (p_.tiled) {
      float* const tile = sums(p_.slots() + 1);
      void* dst[tile_rows];
      for (std::int64_t r = 0; r < channels_; ++r) dst[r] = output(d, h, r);
      p_.kernels->down({rows_, n, 1, g_.w().in * width_, tile, 0});
      p_.kernels->from_tile(tile, g_.w().in, dst, channels_);
      return;
    }
    const bool run = g_.w().in == 1 || g_.src_strides[4] == width_;
    p_.kernels->down(
        {rows_, n, run ? 1 : g_.w().in, run ? g_.w().in * width_ : width_, output(d, h), g_.src_strides[4]});
  }

  void add_row() noexcept {
    const void* two[2] = {sums(1), sums(0)};
    p_.kernels->down({two, 2, 1, g_.w().in * width_, sums(1), 0});
  }

  const Run& run_;
  const SpreadPlanData& p_;
  const PoolGeometry& g_;
  char *memory_, *tile_;
  RowRing ring_;
  const void** rows_;
  float* quotients_;
  std::int64_t image_ = 0, channel_ = 0, channels_ = 1;
  std::int64_t width_ = 1;  // of groups in rows; channels_ or a tile's
};

void run_spread(void* context, std::int64_t begin, std::int64_t end, int number) {
  const Run& run = *static_cast<const Run*>(context);
  char* memory = run.workspace + number * run.plan.worker_bytes();
  std::memset(memory, 0, static_cast<std::size_t>(run.plan.worker_bytes()));
  Worker worker(run, memory);
  for (std::int64_t t = begin; t < end; ++t) worker.task(t);
}

}  // namespace

void drive_spread(const SpreadPlanData& plan, const float* grad_dst, float* grad_src, char* workspace,
                  const Executor& executor) noexcept {
  Run run{plan, grad_dst, grad_src, workspace};
  run_tasks(executor, plan.schedule.tasks, plan.bytes, run_spread, &run);
}

}  // namespace poolnorm
