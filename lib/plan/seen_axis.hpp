// An axis seen from its inputs: which windows reach each of them.
#pragma once

#include <cstdint>

#include "kernels/index_table.hpp"
#include "plan/array.hpp"
#include "plan/axis.hpp"

namespace poolnorm {

// The windows of an axis that see an input: `count` of them from `first`, `step` apart.
struct Seen {
  std::int64_t first, count;
};
struct SeenAxis {
  Array<Seen> inputs;
  std::int64_t step = 1;
  bool steps = false;      // from one window to the next; else strides and dilations may be as large as they like
  std::int64_t most = 0;   // windows that see one input
  std::int64_t reach = 1;  // from the first of them to behind the last

  // False when memory is short.
  bool make(const Axis& axis) noexcept;
};

// Axes whose every `stride`th input, a phase, sees windows one apart from one such input to the next, from little before
// the first window to little behind the last: of stride 1, or 2.
bool has_phases(const Axis& axis) noexcept;
struct Phase {
  WindowPhase windows;   // that see the first input of the phase, and so on
  std::int64_t tap = 0;  // what the first of them calls it
};
Phase phase_of(const Axis& axis, std::int64_t first_input) noexcept;
// Windows that kernels/blocks.hpp has: 2 x 2 two apart, 3 x 3 one or two; and padding in front of a row that its lanes know.
bool has_blocks(const Axis& d, const Axis& h, const Axis& w) noexcept;
bool has_lane_blocks(const Axis& w) noexcept;
// Room for windows that are none, on each side: `slack` and this many.
inline std::int64_t phase_margin(const Axis& axis) noexcept { return slack + axis.extent(); }

}  // namespace poolnorm
