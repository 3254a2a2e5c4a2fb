#include "drive/spread_drive.hpp"

#include <algorithm>

#include "drive/lane_rows.hpp"
#include "drive/row_ring.hpp"
#include "drive/spread_planes.hpp"
#include "drive/worker_memory.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/exponent.hpp"

namespace poolnorm {
namespace {

struct Run {
  const SpreadPlanData& plan;
  const SpreadData& data;
  const WorkerMemory* memory = nullptr;
};

class Worker {
 public:
  Worker(const Run& run, char* memory) noexcept
      : run_(run),
        p_(run.plan),
        g_(p_.geometry),
        ring_(nullptr, 0, 0),
        rows_(p_.form, nullptr, 0) {
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
      p_.kernels->ratios({g.data, 0, g.step, y.data, 0, y.step, 1, g_.w().out, width_, quotients_, 0});
    } else {
      p_.kernels->quotients({g.data, 0, g.step, 1, g_.w().out, width_, p_.scales.at(od, oh, 0), nullptr, 0, p_.scales.step(),
                             p_.shifts, quotients_, 0});
    }
  }

  // What quotients give to each column; `kernel` says whether of elements or of lanes.
  void spread(void (*kernel)(const SpreadArgs&), void* dst, std::int64_t dst_step) const noexcept {
    kernel({quotients_, p_.first.data(), p_.count.data(), p_.most.data(), p_.w.step, g_.w().in, width_,
            static_cast<std::int32_t>(g_.w().out), p_.phases, p_.regular ? g_.w().stride : 0, dst, dst_step});
  }

  void make_row(std::int64_t od, std::int64_t oh, char* sums) noexcept {
    make_quotients(od, oh);
    spread(p_.kernels->spread_lanes, sums, width_);
  }

  // Row (d, h) of grad_src, which sees row (od, oh) alone.
  void direct_row(std::int64_t d, std::int64_t h, std::int64_t od, std::int64_t oh) noexcept {
    char* const copy = sums(p_.slots() + 1);
    const View<void> dst{run_.data.grad_src, g_.src_strides, {}, size_of(g_.src.type)};
    const LaneRow<void> to = rows_.target(dst, d, h, copy);
    if (!ring_.take(0, od, oh, g_.h().out)) make_quotients(od, oh);
    spread(p_.kernels->spread, to.data, to.step);
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
      p_.kernels->add({terms_, n, 1, columns * width_, copy, 0, SpreadFinish::sum, nullptr, 0});
      return p_.powers->shares(
          {x.data, reinterpret_cast<double*>(copy), to.data, to.step, columns, width_, p_.exponent});
    }
    const bool run = columns == 1 || (to.step == width_ && x.step == width_);
    p_.kernels->down({terms_, n, run ? 1 : columns, run ? columns * width_ : width_, to.data, to.step, p_.finish, x.data, x.step});
    rows_.store(dst, d, h, columns, copy);
  }

  void add_row() noexcept {
    const void* two[2] = {sums(1), sums(0)};
    p_.kernels->add({two, 2, 1, g_.w().in * width_, sums(1), 0, SpreadFinish::sum, nullptr, 0});
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
  const SpreadPlanData& p = run.plan;
  const RingSchedule& s = p.schedule;
  char* const memory = (*run.memory)(number);
  // The strips of an image, one behind the other, each in parts of its rows.
  const auto each = [&](auto strip) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::int64_t part = t % s.row_tasks, slab = t / s.row_tasks % s.slabs, channel = slab * s.strip;
      const std::int64_t rows = p.geometry.d().in * p.geometry.h().in;
      strip(t / s.row_tasks / s.slabs, channel, std::min(s.strip, p.geometry.c - channel), part * s.task_rows,
            std::min((part + 1) * s.task_rows, rows));
    }
  };
  if (p.way != SpreadWay::rows) {
    return each([&](std::int64_t image, std::int64_t channel, std::int64_t channels, std::int64_t first, std::int64_t last) {
      spread_planes(p, run.data, image, channel, channels, first, last, memory);
    });
  }
  Worker worker(run, memory);
  each([&](std::int64_t image, std::int64_t channel, std::int64_t channels, std::int64_t first, std::int64_t last) {
    worker.rows(image, channel, channels, first, last);
  });
}

}  // namespace

void drive_spread(const SpreadPlanData& plan, const SpreadData& data, char* workspace,
                  const Executor& executor) noexcept {
  const std::int64_t bytes = plan.worker_bytes(), cleared = plan.way == SpreadWay::rows ? 0 : bytes;
  const WorkerMemory memory(workspace, bytes, cleared, worker_count(executor));
  Run run{plan, data, &memory};
  run_tasks(executor, plan.schedule.tasks, plan.bytes, run_spread, &run);
}

void spread_channels(const SpreadPlanData& plan, const SpreadData& data, std::int64_t image, std::int64_t channel,
                     std::int64_t channels, char* memory) noexcept {
  const std::int64_t rows = plan.geometry.d().in * plan.geometry.h().in;
  if (plan.way != SpreadWay::rows) return spread_planes(plan, data, image, channel, channels, 0, rows, memory);
  const Run run{plan, data};
  Worker worker(run, memory);
  const std::int64_t strip = plan.schedule.strip, end = channel + channels;
  for (std::int64_t c = channel; c < end; c += strip) worker.rows(image, c, std::min(strip, end - c), 0, rows);
}

}  // namespace poolnorm
