// Which taps of small windows indices of 32 and 64 bits name.
#pragma once

#include "kernels/collect_table.hpp"
#include "kernels/vectors.hpp"
#include "simd/integers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

POOLNORM_INLINE I32 lane_numbers() {
  std::int32_t lane[lanes32];
  for (std::int32_t i = 0; i < lanes32; ++i) lane[i] = i;
  return I32::load_unaligned(lane);
}

// Indices as 32 bits, those that have more as -1.
template <class Len>
POOLNORM_INLINE I32 load_indices(const std::int32_t* p, Len len) {
  return bits_as<std::int32_t>(load(reinterpret_cast<const float*>(p), len));
}
POOLNORM_INLINE I32 low_words(F32 first, F32 second) {
  const Pair<F32> words = deinterleave(first, second);
  return xsimd::select(bits_as<std::int32_t>(words.second) == I32(0), bits_as<std::int32_t>(words.first), I32(-1));
}
POOLNORM_INLINE I32 load_indices(const std::int64_t* p, Full) {
  const float* const words = reinterpret_cast<const float*>(p);
  return low_words(load(words), load(words + lanes32));
}
POOLNORM_INLINE I32 load_indices(const std::int64_t* p, Part len) {
  const float* const words = reinterpret_cast<const float*>(p);
  const std::int64_t n = 2 * len.n;
  if (n <= lanes32) return low_words(n == lanes32 ? load(words) : load_n(words, n), F32(0.0f));
  return low_words(load(words), load_n(words + lanes32, n - lanes32));
}

// The tap that is `at` behind a window's first of K x K, where rows are `row` apart.
template <int K>
POOLNORM_INLINE I32 tap_at(I32 at, I32 row) {
  const I32 row_end = row - I32(1);  // instruction sets have > and no >=
  I32 column = at, name(0);
  for (int r = 1; r < K; ++r) {
    const auto below = column > row_end;
    column = column - xsimd::select(below, row, I32(0));
    name = name + xsimd::select(below, I32(K), I32(0));
  }
  const auto there = (column > I32(-1)) & (column < I32(K));
  return xsimd::select(there, name + column, I32(255));
}

template <int K, class Index>
POOLNORM_INLINE void name_taps(const NamesArgs& a) {
  const I32 row(static_cast<std::int32_t>(a.input_row)), lane = lane_numbers();
  const auto run = [&](const Index* from, std::int64_t first, std::int64_t next, std::int64_t count, std::uint8_t* to)
                       POOLNORM_INLINE_LAMBDA {
    const I32 rise(static_cast<std::int32_t>(next)), step(static_cast<std::int32_t>(next * lanes32));
    I32 origin = I32(static_cast<std::int32_t>(first)) + lane * rise;
    vectors(lanes32, count, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
      store8(to + i, narrow8(tap_at<K>(load_indices(from + i, len) - origin, row)), len);
      origin = origin + step;
    });
  };
  const Index* const indices = static_cast<const Index*>(a.indices);
  if (a.width == 1 && a.index_step == 1) return run(indices, a.origin, a.window_rise, a.windows, a.names);
  for (std::int64_t w = 0; w < a.windows; ++w) {
    run(indices + w * a.index_step, a.origin + w * a.window_rise, a.element_rise, a.width, a.names + w * a.width);
  }
}
template <class Index>
void tap_names(const NamesArgs& a) {
  a.taps == 2 ? name_taps<2, Index>(a) : name_taps<3, Index>(a);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
