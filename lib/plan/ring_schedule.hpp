// Operations of two stages, the first of which works on one row at a time: how tasks are cut, and which row
// results are kept for the windows below.
#pragma once

#include "plan/axis.hpp"

namespace poolnorm {

struct RingRequest {
  std::int64_t n, c;
  std::int64_t side;            // channels side by side; 0: as many as fit the cache
  std::int64_t ring_d, ring_h;  // rows that a window may hold; 0: none are wanted
  std::int64_t rows;            // of the result, slices together
  std::int64_t row_bytes;       // of one row of one channel that is kept
};

struct RingSchedule {
  std::int64_t strip = 1, slabs = 1;  // channels side by side in a row; strips
  std::int64_t task_rows = 1, row_tasks = 1, tasks = 1;
  std::int64_t ring_d = 1, ring_h = 1;  // rows kept: of so many slices, so many of each
  bool keeps = false;                   // the ring holds all rows of a window
};

void schedule_rings(const RingRequest& request, RingSchedule& schedule) noexcept;

// Inputs from a window's first to behind its last.
std::int64_t reach(const Axis& axis) noexcept;

// Taps of the largest window that lie inside the input.
std::int64_t most_taps(const Axis& axis) noexcept;

}  // namespace poolnorm
