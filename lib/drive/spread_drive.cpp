#include "drive/spread_drive.hpp"

#include <algorithm>
#include <cstring>

#include "drive/lane_rows.hpp"
#include "drive/row_ring.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/exponent.hpp"

namespace poolnorm {
namespace {

struct Run {
  const SpreadPlanData& plan;
  const SpreadData& data;
  char* workspace = nullptr;
};

class Worker {
 public:
  Worker(const Run& run, char* memory) noexcept
      : run_(run),
        p_(run.plan),
        g_(p_.geometry),
        ring_(nullptr, 0, 0),
        rows_(p_.form, memory, p_.staged_row_bytes()) {
    const auto take = [&memory](std::int64_t bytes) {
      char* const at = memory;
      memory += bytes;
      return at;
    };
    char* const quotients = take(p_.quotient_bytes());
    sums_ = take((p_.slots() + 2) * p_.row_bytes());
    gradients_ = take(p_.windows_bytes());
    norms_ = take(p_.divides_by_norm() ? p_.windows_bytes() : 0);
    inputs_ = take(g_.op == PoolOp::lp ? p_.inputs_bytes() : 0);
    rows_ = LaneRows(p_.form, take(tile_rows * p_.staged_row_bytes()), p_.staged_row_bytes());
    ring_ = RowRing(reinterpret_cast<std::int64_t*>(take(whole_lines(p_.slots() * 8))), p_.schedule.ring_d,
                    p_.schedule.ring_h);
    terms_ = reinterpret_cast<const void**>(memory);
    fill_none(quotients, p_.quotient_bytes() / p_.form.lane_bytes);
    quotients_ = quotients + p_.margin() * p_.form.lane_bytes;
  }

  void task(std::int64_t t) noexcept {
    const RingSchedule& s = p_.schedule;
    const std::int64_t part = t % s.row_tasks, slab = t / s.row_tasks % s.slabs;
    const std::int64_t channel = slab * s.strip;
    rows(t / s.row_tasks / s.slabs, channel, std::min(s.strip, g_.c - channel), part * s.task_rows,
         std::min((part + 1) * s.task_rows, g_.d().in * g_.h().in));
  }

  // Rows [begin, end) of grad_src, of at most a strip of channels.
  void rows(std::int64_t image, std::int64_t channel, std::int64_t channels, std::int64_t begin,
            std::int64_t end) noexcept {
    rows_.at(image, channel, channels);
    width_ = rows_.width();
    ring_.clear();
    if (width_ == 1) fill_none(quotients_ + g_.w().out * p_.form.lane_bytes, 1);  // a wider strip may have been there
    for (std::int64_t r = begin; r < end; ++r) row(r / g_.h().in, r % g_.h().in);
  }

 private:
  // -0, a sum of nothing.
  void fill_none(char* at, std::int64_t count) const noexcept {
    if (p_.form.lane_bytes == 8) {
      std::fill_n(reinterpret_cast<double*>(at), count, -0.0);
    } else {
      std::fill_n(reinterpret_cast<float*>(at), count, -0.0f);
    }
  }

  char* sums(std::int64_t slot) const noexcept { return sums_ + slot * p_.row_bytes(); }

  LaneRow<const void> windows(const void* data, std::int64_t od, std::int64_t oh, char* copy) const noexcept {
    return rows_.load({data, g_.dst_strides, {}, size_of(g_.dst.type)}, od, oh, g_.w().out, copy);
  }

  void make_quotients(std::int64_t od, std::int64_t oh) noexcept {
    const LaneRow<const void> g = windows(run_.data.grad_dst, od, oh, gradients_);
    if (p_.divides_by_norm()) {
      const LaneRow<const void> y = windows(run_.data.dst, od, oh, norms_);
      if (p_.powers != nullptr) {
        return p_.powers->quotients({g.data, y.data, g.step, g_.w().out, width_, reinterpret_cast<double*>(quotients_),
                                     negative_of(p_.exponent)});
      }
      p_.kernels->ratios({g.data, g.step, y.data, y.step, g_.w().out, width_, quotients_});
    } else {
      p_.kernels->quotients(
          {g.data, g.step, g_.w().out, width_, p_.scales.at(od, oh, 0), p_.scales.step(), quotients_});
    }
  }

  // What quotients give to each column.
  void spread(void* dst, std::int64_t dst_step) const noexcept {
    p_.kernels->spread({quotients_, p_.first.data(), p_.count.data(), p_.w.most, p_.w.step, g_.w().in, width_,
                        static_cast<std::int32_t>(g_.w().out), p_.phases, p_.regular ? g_.w().stride : 0, dst,
                        dst_step});
  }

  void make_row(std::int64_t od, std::int64_t oh, char* sums) noexcept {
    make_quotients(od, oh);
    spread(sums, width_);
  }

  // Row (d, h) of grad_src, which sees row (od, oh) alone.
  void direct_row(std::int64_t d, std::int64_t h, std::int64_t od, std::int64_t oh) noexcept {
    char* const copy = sums(p_.slots() + 1);
    const View<void> dst{run_.data.grad_src, g_.src_strides, {}, size_of(g_.src.type)};
    const LaneRow<void> to = rows_.target(dst, d, h, copy);
    if (!ring_.take(0, od, oh, g_.h().out)) make_quotients(od, oh);
    spread(to.data, to.step);
    rows_.store(dst, d, h, g_.w().in, copy);
  }

  void row(std::int64_t d, std::int64_t h) noexcept {
    const Seen &sd = p_.d.inputs[d], &sh = p_.h.inputs[h];
    if (p_.direct && sd.count * sh.count == 1) return direct_row(d, h, sd.first, sh.first);
    std::int64_t n = 0;
    for (std::int64_t i = 0; i < sd.count; ++i) {
      for (std::int64_t k = 0; k < sh.count; ++k) {
        const std::int64_t od = sd.first + i * p_.d.step, oh = sh.first + k * p_.h.step;
        const std::int64_t slot = p_.schedule.keeps ? ring_.slot(od, oh) : 0;
        if (p_.schedule.keeps) {
          if (!ring_.take(slot, od, oh, g_.h().out)) make_row(od, oh, sums(slot));
          terms_[n++] = sums(slot);
          continue;
        }
        // One after the other: the sum so far, and one row more.
        make_row(od, oh, n == 0 ? sums(1) : sums(0));
        if (n++ == 0) continue;
        add_row();
      }
    }
    if (!p_.schedule.keeps && n > 0) {
      terms_[0] = sums(1);
      n = 1;
    }
    down(d, h, n);
  }

  void down(std::int64_t d, std::int64_t h, std::int64_t n) noexcept {
    const std::int64_t columns = g_.w().in, bytes = size_of(g_.src.type);
    char* const copy = sums(p_.slots() + 1);
    const View<void> dst{run_.data.grad_src, g_.src_strides, {}, bytes};
    const LaneRow<void> to = rows_.target(dst, d, h, copy);
    LaneRow<const void> x{nullptr, to.step};
    if (g_.op == PoolOp::lp) x = rows_.load({run_.data.src, g_.src_strides, {}, bytes}, d, h, columns, inputs_);
    if (p_.powers != nullptr) {
      p_.kernels->down({terms_, n, 1, columns * width_, copy, 0, nullptr, 0});
      return p_.powers->shares(
          {x.data, reinterpret_cast<double*>(copy), to.data, to.step, columns, width_, p_.exponent});
    }
    const bool run = columns == 1 || (to.step == width_ && x.step == width_);
    const GatherRowsArgs a{terms_, n,     run ? 1 : columns, run ? columns * width_ : width_, to.data, to.step,
                           x.data, x.step};
    if (g_.op != PoolOp::lp) {
      p_.kernels->down(a);
    } else {
      g_.p == 1 ? p_.kernels->down_signed(a) : p_.kernels->down_times(a);
    }
    rows_.store(dst, d, h, columns, copy);
  }

  void add_row() noexcept {
    const void* two[2] = {sums(1), sums(0)};
    p_.kernels->down({two, 2, 1, g_.w().in * width_, sums(1), 0, nullptr, 0});
  }

  const Run& run_;
  const SpreadPlanData& p_;
  const PoolGeometry& g_;
  RowRing ring_;
  LaneRows rows_;
  char *quotients_, *sums_, *gradients_, *norms_, *inputs_;  // the last three: copies of tensors' rows
  const void** terms_;
  std::int64_t width_ = 1;  // of groups in rows; channels or a tile's
};

void run_spread(void* context, std::int64_t begin, std::int64_t end, int number) {
  const Run& run = *static_cast<const Run*>(context);
  char* memory = run.workspace + number * run.plan.worker_bytes();
  std::memset(memory, 0, static_cast<std::size_t>(run.plan.worker_bytes()));
  Worker worker(run, memory);
  for (std::int64_t t = begin; t < end; ++t) worker.task(t);
}

}  // namespace

void drive_spread(const SpreadPlanData& plan, const SpreadData& data, char* workspace,
                  const Executor& executor) noexcept {
  Run run{plan, data, workspace};
  run_tasks(executor, plan.schedule.tasks, plan.bytes, run_spread, &run);
}

void spread_channels(const SpreadPlanData& plan, const SpreadData& data, std::int64_t image, std::int64_t channel,
                     std::int64_t channels, char* memory) noexcept {
  const Run run{plan, data};
  Worker worker(run, memory);
  const std::int64_t strip = plan.schedule.strip, end = channel + channels;
  for (std::int64_t c = channel; c < end; c += strip) {
    worker.rows(image, c, std::min(strip, end - c), 0, plan.geometry.d().in * plan.geometry.h().in);
  }
}

}  // namespace poolnorm
