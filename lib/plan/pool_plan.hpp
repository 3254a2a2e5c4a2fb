// What a PoolPlan holds: everything a run needs, decided.
#pragma once

#include <poolnorm/options.hpp>

#include "dispatch/pool_kernels.hpp"
#include "plan/array.hpp"
#include "plan/pool_geometry.hpp"
#include "plan/pool_power.hpp"
#include "plan/pool_scales.hpp"
#include "plan/pool_schedule.hpp"

namespace poolnorm {

struct PoolPlanData {
  PoolGeometry geometry;
  PoolSchedule schedule;
  PoolScales scales;
  Array<TapRange> d_taps, h_taps;               // of every output row
  Array<TapRange> ranges;                       // of every window along W, when the stages ask for them
  std::int64_t whole_begin = 0, whole_end = 0;  // outputs along H that see all their taps
  PowerPlan power;                              // instead of a schedule and a reduction, of a geometry that raises()
  const PoolKernels* kernels = nullptr;
  const ReductionKernels* reduction = nullptr;
  Isa isa = Isa::portable;
  bool stream = false;
  bool ahead = false;      // src comes from memory, or a cache as far away
  std::int64_t bytes = 0;  // read and written by a run

  std::int64_t worker_bytes() const noexcept {
    return geometry.raises() ? power.worker_bytes() : schedule.worker_bytes();
  }
};

// Fills a value-initialised plan.
Status plan_pool(const PoolDesc& desc, const PlanOptions& options, PoolKernelsOf kernels_of,
                 PoolPlanData& plan) noexcept;

// The same, with isa and a geometry that is not empty in place, for slabs of up to `most_channels`.
Status plan_checked_pool(StorePolicy store, std::int64_t most_channels, PoolKernelsOf kernels_of,
                         PoolPlanData& plan) noexcept;

}  // namespace poolnorm
