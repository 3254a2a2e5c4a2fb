// Lp pooling of other powers than 1, 2 and infinity, which has stages of its own: rows of |x|^p in f64, kept for the
// windows that share them, their sums down and across, roots. In f64 the order of a sum is that of its taps: columns
// from the top, then the columns from the left.
#pragma once

#include "kernels/power_table.hpp"
#include "plan/pool_geometry.hpp"
#include "plan/ring_schedule.hpp"

namespace poolnorm {

struct PowerPlan {
  RingSchedule schedule;
  const PowerKernels* kernels = nullptr;
  Exponent power{}, root{};
  // Of a worker, in bytes: rows of powers, columns of a row of windows, their sums, what the ring holds.
  std::int64_t row_bytes = 0, sums_bytes = 0;
  std::int64_t columns = 0;  // of a row that windows see

  std::int64_t slots() const noexcept { return schedule.ring_d * schedule.ring_h; }
  std::int64_t worker_bytes() const noexcept;
};

void plan_power(const PoolGeometry& g, const PowerKernels& kernels, PowerPlan& plan) noexcept;

}  // namespace poolnorm
