// What the gradient of an average or an Lp pooling holds: for every input the windows that see it.
#pragma once

#include "kernels/index_table.hpp"
#include "plan/array.hpp"
#include "plan/lane_form.hpp"
#include "plan/pool_geometry.hpp"
#include "plan/pool_scales.hpp"
#include "plan/ring_schedule.hpp"

namespace poolnorm {

// The windows of an axis that see an input: `count` of them from `first`, `step` apart.
struct Seen {
  std::int64_t first, count;
};
struct SeenAxis {
  Array<Seen> inputs;
  std::int64_t step = 1;
  std::int64_t most = 0;   // windows that see one input
  std::int64_t reach = 1;  // from the first of them to behind the last

  // False when memory is short.
  bool make(const Axis& axis) noexcept;
};

struct SpreadPlanData {
  PoolGeometry geometry;
  PoolScales scales;
  SeenAxis d, h, w;
  Array<std::int32_t> first, count;  // of w, with `slack` more
  bool regular = false;              // inputs see windows one apart
  LaneForm form;
  RingSchedule schedule;
  const SpreadKernels* kernels = nullptr;
  Isa isa = Isa::portable;
  std::int64_t bytes = 0;

  std::int64_t margin() const noexcept { return slack + (regular ? w.reach : 0); }  // of -0 around quotients
  std::int64_t quotient_bytes() const noexcept;
  std::int64_t row_bytes() const noexcept;   // of one row of sums
  bool divides_by_norm() const noexcept { return geometry.op == PoolOp::lp && geometry.p == 2; }
  // Copies of a row of windows, and of inputs; the rows between.
  std::int64_t windows_bytes() const noexcept { return form.copy_bytes(geometry.w().out, schedule.strip); }
  std::int64_t inputs_bytes() const noexcept { return form.copy_bytes(geometry.w().in, schedule.strip); }
  std::int64_t staged_row_bytes() const noexcept {
    return form.staged_row_bytes(std::max(geometry.w().in, geometry.w().out));
  }
  std::int64_t slots() const noexcept { return schedule.ring_d * schedule.ring_h; }
  std::int64_t most_rows() const noexcept { return schedule.keeps ? d.most * h.most + 2 : 2; }
  std::int64_t worker_bytes() const noexcept;
};

// op: average or lp, and that desc must be of.
Status plan_spread(const PoolDesc& desc, PoolOp op, const PlanOptions& options, SpreadPlanData& plan) noexcept;

}  // namespace poolnorm
