// What the gradient of an average or an Lp pooling holds: for every input the windows that see it.
#pragma once

#include "kernels/spread_power_table.hpp"
#include "kernels/spread_table.hpp"
#include "plan/array.hpp"
#include "plan/lane_form.hpp"
#include "plan/pool_geometry.hpp"
#include "plan/pool_scales.hpp"
#include "plan/ring_schedule.hpp"
#include "plan/seen_axis.hpp"

namespace poolnorm {

// Row by row; or, of planes, by blocks of small windows; or as one window that sees all of a plane.
enum class SpreadWay { rows, blocks, all };

struct SpreadPlanData {
  PoolGeometry geometry;
  PoolScales scales;
  SeenAxis d, h, w;
  Array<std::int32_t> first, count;  // of w, with `slack` more
  Array<std::int32_t> most;          // of each count_columns of `count`
  WindowPhase phases[2];             // of rows that vectors lie along
  bool regular = false;              // which have them
  bool shifts = false;               // every divisor is a small power of two
  bool direct = false;               // one row of windows at most sees a row of inputs: it goes there at once
  LaneForm form;
  RingSchedule schedule;
  SpreadWay way = SpreadWay::rows;
  SpreadFinish finish = SpreadFinish::sum;
  std::int64_t band = 1, band_windows = 1;  // blocks: rows of inputs made at once, and of windows that see them
  const SpreadKernels* kernels = nullptr;   // of rows that are copied, those of lanes
  const SpreadPowerKernels* powers = nullptr;  // of a geometry that raises(), whose lanes are f64
  Exponent exponent{};                         // p - 1
  Isa isa = Isa::portable;
  std::int64_t bytes = 0;

  std::int64_t margin() const noexcept { return regular ? phase_margin(geometry.w()) : slack; }  // of -0 around quotients
  std::int64_t quotient_bytes() const noexcept;
  std::int64_t block_row() const noexcept { return geometry.w().out + block_margin; }  // from a row of quotients to the next
  // Rows of windows that see rows [begin, end) of inputs: [first, last).
  struct Range {
    std::int64_t first, last;
  };
  Range block_windows(std::int64_t begin, std::int64_t end) const noexcept;
  std::int64_t row_bytes() const noexcept;   // of one row of sums
  bool divides_by_norm() const noexcept { return geometry.op == PoolOp::lp && geometry.p != 1; }
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
