// One spatial axis of a pooling: which inputs each output sees, and how many it is divided by.
#pragma once

#include <poolnorm/pool.hpp>

#include "kernels/kernel_table.hpp"
#include "plan/checked.hpp"

namespace poolnorm {

struct Axis {
  std::int64_t in = 1, out = 1;
  std::int64_t kernel = 1, stride = 1, dilation = 1;
  std::int64_t pad_begin = 0, pad_end = 0;
  // Windows from in and out alone, the fields above say nothing; or of `kernel` inputs from starts[o] on, which are the
  // geometry's.
  bool adaptive = false;
  const std::int64_t* starts = nullptr;

  // Inputs from a window's first to behind its last.
  std::int64_t extent() const noexcept { return (kernel - 1) * dilation + 1; }
  std::int64_t start(std::int64_t o) const noexcept { return starts != nullptr ? starts[o] : adaptive ? adaptive_edge(o) : o * stride - pad_begin; }
  TapRange taps(std::int64_t o) const noexcept;
  // Real inputs from a window's first to behind its last: [first_input, end_input). Neither falls as o rises.
  std::int64_t first_input(std::int64_t o) const noexcept;
  std::int64_t end_input(std::int64_t o) const noexcept;
  // The first window that sees no real input, or begins behind the padding; `out` when there is none. The former is
  // `too_many` where more than most_looked_at windows had to be looked at.
  static constexpr std::int64_t most_looked_at = 1 << 20, too_many = -1;
  std::int64_t first_blind() const noexcept;
  std::int64_t first_overhang() const noexcept;
  // The largest window, taps in padding included.
  std::int64_t nominal() const noexcept;
  // This axis's factor of a window's divisor.
  std::int64_t counted(std::int64_t o, Divisor divisor) const noexcept;
  // Behind the last input that any window may see; at least 1.
  std::int64_t seen() const noexcept { return end_input(out - 1) < 1 ? 1 : end_input(out - 1); }
  bool trivial() const noexcept { return in == 1 && out == 1 && taps(0).count == 1 && (adaptive || kernel == 1); }
  // Adaptive windows that are those of a kernel and a stride become so.
  void regularise() noexcept;

 private:
  std::int64_t adaptive_edge(std::int64_t o) const noexcept;  // floor(o * in / out)
};

}  // namespace poolnorm
