#include "drive/pool_power_drive.hpp"

#include <algorithm>

#include "drive/row_ring.hpp"
#include "drive/view.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const PoolPlanData& plan;
  const void* src;
  void* dst;
  char* workspace;
};

class Worker {
 public:
  Worker(const Run& run, char* memory) noexcept
      : p_(run.plan),
        q_(p_.power),
        g_(p_.geometry),
        src_{run.src, g_.src_strides, {}, size_of(g_.src.type)},
        dst_{run.dst, g_.dst_strides, {}, size_of(g_.dst.type)},
        rows_(memory),
        columns_(row(q_.slots())),
        sums_(row(q_.slots() + 1)),
        ring_(reinterpret_cast<std::int64_t*>(memory + (q_.slots() + 1) * q_.row_bytes + q_.sums_bytes),
              q_.schedule.ring_d, q_.schedule.ring_h) {}

  void task(std::int64_t t) noexcept {
    const RingSchedule& s = q_.schedule;
    const std::int64_t part = t % s.row_tasks, slab = t / s.row_tasks % s.slabs;
    image_ = t / s.row_tasks / s.slabs;
    channel_ = slab * s.strip;
    width_ = std::min(s.strip, g_.c - channel_);
    ring_.clear();
    const std::int64_t end = std::min((part + 1) * s.task_rows, g_.d().out * g_.h().out);
    for (std::int64_t r = part * s.task_rows; r < end; ++r) windows(r / g_.h().out, r % g_.h().out);
  }

 private:
  double* row(std::int64_t i) const noexcept { return reinterpret_cast<double*>(rows_ + i * q_.row_bytes); }

  // Between f64 side by side and elements `step` apart.
  PowerArgs args(std::int64_t step, std::int64_t columns, const Exponent& exponent) const noexcept {
    const bool run = columns == 1 || step == width_;
    return {nullptr, step, nullptr, width_, run ? 1 : columns, run ? columns * width_ : width_, exponent};
  }

  const double* powers(std::int64_t d, std::int64_t h) noexcept {
    const std::int64_t slot = ring_.slot(d, h);
    if (!ring_.take(slot, d, h, g_.h().in)) {
      PowerArgs a = args(g_.src_strides[4], q_.columns, q_.power);
      a.src = src_.at(image_, channel_, d, h);
      a.dst = row(slot);
      q_.kernels->powers(a);
    }
    return row(slot);
  }

  // An output row.
  void windows(std::int64_t od, std::int64_t oh) noexcept {
    const TapRange &d = p_.d_taps[od], &h = p_.h_taps[oh];
    const std::int64_t count = q_.columns * width_;
    std::fill_n(columns_, count, 0.0);
    for (std::int64_t i = 0; i < d.count; ++i) {
      for (std::int64_t k = 0; k < h.count; ++k) {
        q_.kernels->add(powers(d.first + i * g_.d().dilation, h.first + k * g_.h().dilation), count, columns_);
      }
    }
    q_.kernels->across({columns_, p_.ranges.data(), g_.w().out, width_, g_.w().dilation, sums_});
    PowerArgs a = args(g_.dst_strides[4], g_.w().out, q_.root);
    std::swap(a.src_step, a.dst_step);
    a.src = sums_;
    a.dst = dst_.at(image_, channel_, od, oh);
    q_.kernels->roots(a);
  }

  const PoolPlanData& p_;
  const PowerPlan& q_;
  const PoolGeometry& g_;
  const View<const void> src_;
  const View<void> dst_;
  char* const rows_;
  double *const columns_, *const sums_;
  RowRing ring_;
  std::int64_t image_ = 0, channel_ = 0, width_ = 1;
};

void run_powers(void* context, std::int64_t begin, std::int64_t end, int number) {
  const Run& run = *static_cast<const Run*>(context);
  Worker worker(run, run.workspace + number * run.plan.power.worker_bytes());
  for (std::int64_t t = begin; t < end; ++t) worker.task(t);
}

}  // namespace

void drive_powers(const PoolPlanData& plan, const void* src, void* dst, char* workspace,
                  const Executor& executor) noexcept {
  Run run{plan, src, dst, workspace};
  run_tasks(executor, plan.power.schedule.tasks, plan.bytes, run_powers, &run);
}

}  // namespace poolnorm
