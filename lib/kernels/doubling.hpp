// Maxima and minima of windows along a row, in registers: of windows of two from the row and itself one
// element on, of four from those and themselves two on, and so on; the last step overlaps.
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/reduction.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

struct Doubling {
  static constexpr int most = 5;
  Slide by[most];
  int steps = 0;

  POOLNORM_INLINE Doubling(std::int64_t taps, std::int64_t tap_step) {
    std::int64_t width = 1;
    for (; 2 * width <= taps; width *= 2) by[steps++] = slide_by(width * tap_step);
    if (width < taps) by[steps++] = slide_by((taps - width) * tap_step);
  }
  // What a window reaches beyond its own vector must lie in the next.
  static POOLNORM_INLINE bool fits(std::int64_t taps, std::int64_t tap_step) {
    return taps > 1 && (taps - 1) * tap_step <= lanes32;
  }
};

// Vectors of windows from one more of elements, which may reach past the row.
template <class Op, int Vectors>
POOLNORM_INLINE void doubling_block(const Doubling& d, const float* src, F32 (&m)[Vectors + 1]) {
  for (int v = 0; v <= Vectors; ++v) m[v] = Op::load_acc(src + v * lanes32, Full{});
  for (int i = 0; i < d.steps; ++i) {
    for (int v = 0; v < Vectors; ++v) m[v] = Op::apply(m[v], slide(m[v], m[v + 1], d.by[i]));
    // Right as far as its neighbour will look.
    m[Vectors] = Op::apply(m[Vectors], slide(m[Vectors], m[Vectors], d.by[i]));
  }
}

template <class Op>
POOLNORM_INLINE void across_doubling(const AcrossArgs& a) {
  const Doubling d(a.taps, a.tap_step);
  const std::int64_t n = a.windows * a.width;
  for_each_row<Op>(a, [&](const float* src, float* dst) POOLNORM_INLINE_LAMBDA {
    std::int64_t i = 0;
    for (; i + 4 * lanes32 <= n; i += 4 * lanes32) {
      F32 m[5];
      doubling_block<Op, 4>(d, src + i, m);
      for (int v = 0; v < 4; ++v) Op::finish(dst + i + v * lanes32, m[v], NoScale{}, Full{});
    }
    for (; i + lanes32 <= n; i += 2 * lanes32) {
      F32 m[3];
      doubling_block<Op, 2>(d, src + i, m);
      Op::finish(dst + i, m[0], NoScale{}, Full{});
      const std::int64_t rest = n - i - lanes32;
      if (rest >= lanes32) {
        Op::finish(dst + i + lanes32, m[1], NoScale{}, Full{});
      } else {
        Op::finish(dst + i + lanes32, m[1], NoScale{}, Part{rest});
      }
    }
    if (i < n) {
      F32 m[2];
      doubling_block<Op, 1>(d, src + i, m);
      Op::finish(dst + i, m[0], NoScale{}, Part{n - i});
    }
  });
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
