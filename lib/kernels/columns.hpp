// The column stage: K tap rows become one row of accumulators.
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/reduction.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Op::unroll (Wide) or one vector at offset i of every tap.
template <class Op, int Vectors, class Len>
inline void columns_block(const float* const* taps, std::int64_t count, std::int64_t i, typename Op::Element* dst,
                          Len len, typename Op::Watch& watch) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  Acc acc[Vectors];
  for (int v = 0; v < Vectors; ++v) acc[v] = Op::load(taps[0] + i + v * lanes, len);
  const auto see = [&watch](const Acc (&x)[Vectors]) {
    if constexpr (Vectors == 1) {
      watch.see(x[0], x[0]);
    } else {
      for (int v = 0; v < Vectors; v += 2) watch.see(x[v], x[v + 1]);
    }
  };
  if constexpr (Op::Watch::active) see(acc);
  for (std::int64_t t = 1; t < count; ++t) {
    Acc x[Vectors];
    for (int v = 0; v < Vectors; ++v) x[v] = Op::load(taps[t] + i + v * lanes, len);
    if constexpr (Op::Watch::active) see(x);
    for (int v = 0; v < Vectors; ++v) acc[v] = Op::apply(acc[v], x[v]);
  }
  for (int v = 0; v < Vectors; ++v) store(dst + v * lanes, acc[v], len);
}

// Count > 0 fixes the number of taps; 0 takes it from the arguments.
template <class Op, int Count>
inline bool columns_counted(const ColumnsArgs& a) {
  constexpr std::int64_t lanes = Op::Acc::size;
  constexpr std::int64_t wide = lanes * 4;
  const std::int64_t count = Count > 0 ? Count : a.tap_count;
  const float* const* base = reinterpret_cast<const float* const*>(a.taps);
  typename Op::Watch watch;
  for (std::int64_t p = 0; p < a.planes.count; ++p) {
    for (std::int64_t r = 0; r < a.rows.count; ++r) {
      const std::int64_t row = p * a.planes.src + r * a.rows.src;
      typename Op::Element* dst_row =
          static_cast<typename Op::Element*>(a.dst) + p * a.planes.dst + r * a.rows.dst;
      for (std::int64_t g = 0; g < a.groups.count; ++g) {
        const std::int64_t at = row + g * a.groups.src;
        typename Op::Element* dst = dst_row + g * a.groups.dst;
        std::int64_t i = 0;
        for (; i + wide <= a.width; i += wide) {
          columns_block<Op, 4>(base, count, at + i, dst + i, Full{}, watch);
        }
        for (; i + lanes <= a.width; i += lanes) {
          columns_block<Op, 1>(base, count, at + i, dst + i, Full{}, watch);
        }
        if (i < a.width) columns_block<Op, 1>(base, count, at + i, dst + i, Part{a.width - i}, watch);
      }
    }
  }
  return watch.any();
}

template <class Op>
inline void fill_identity(const ColumnsArgs& a) {
  for (std::int64_t p = 0; p < a.planes.count; ++p) {
    for (std::int64_t r = 0; r < a.rows.count; ++r) {
      for (std::int64_t g = 0; g < a.groups.count; ++g) {
        typename Op::Element* dst = static_cast<typename Op::Element*>(a.dst) + p * a.planes.dst +
                                    r * a.rows.dst + g * a.groups.dst;
        for (std::int64_t i = 0; i < a.width; ++i) dst[i] = Op::identity;
      }
    }
  }
}

template <class Op>
bool columns(const ColumnsArgs& a) {
  switch (a.tap_count) {
    case 0: fill_identity<Op>(a); return false;
    case 1: return columns_counted<Op, 1>(a);
    case 2: return columns_counted<Op, 2>(a);
    case 3: return columns_counted<Op, 3>(a);
    default: return columns_counted<Op, 0>(a);
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
