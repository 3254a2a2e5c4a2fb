// A window that stands alone (NHWC), in the order of memory, on top of what it has so far in the first-level cache: one of few rows a
// column at a time, all channels of it; a tall one by kernels/tall.hpp.
#pragma once

#include "kernels/tall.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Rows > 0 fixes the number of taps; 0 takes it from the arguments.
template <class Op, int Rows, DirectMap Mapped>
POOLNORM_NOINLINE bool alone_window(const AloneArgs& args) {
  using Acc = typename Op::Acc;
  using Input = typename Op::Input;
  constexpr std::int64_t lanes = Acc::size;
  constexpr int several = !Op::wide ? 1 : Mapped == DirectMap::none ? (Rows > 0 ? 2 : 4) : 2;
  const AloneArgs a = args;
  typename Op::Watch watch;
  const Input* rows[Rows > 0 ? Rows : 1];
  for (int t = 0; t < Rows; ++t) rows[t] = static_cast<const Input*>(a.taps[t]);
  auto* const sums = static_cast<typename Op::Element*>(a.sums);
  const std::int64_t first = a.ranges->first, count = a.tap_count == 0 ? 0 : a.ranges->count;
  const typename Op::Scale scale = Op::Scale::all(a.scale);
  typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst);
  for (std::int64_t j = 0; j < (count == 0 ? 1 : count); ++j) {
    along_channels<several, lanes>(a.width, [&](std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
      const auto map = direct_map<Mapped, vectors.value>(a.map, i, len);
      const Input* const* const taps = Rows > 0 ? rows : reinterpret_cast<const Input* const*>(a.taps);
      DirectColumns<Op, Rows, vectors.value, decltype(map), decltype(len)> columns{taps, a.tap_count, map, len, watch};
      Acc acc[vectors.value];
      if (count == 0) {
        for (int v = 0; v < vectors.value; ++v) acc[v] = Acc(Op::identity);
      } else {
        columns.get((first + j) * a.column + i, acc);
      }
      if (j > 0) {
        for (int v = 0; v < vectors.value; ++v) acc[v] = Op::apply(Op::load_acc(sums + i + v * lanes, len), acc[v]);
      }
      if (j < count - 1) {
        for (int v = 0; v < vectors.value; ++v) store(sums + i + v * lanes, acc[v], len);
      } else {
        direct_finish<Op, Mapped>(a.map, map, i, acc, scale, dst + i, a.stream, len);
      }
    });
  }
  return watch.any();
}

// A tall one.
template <class Op, DirectMap Mapped>
POOLNORM_NOINLINE bool alone_tall(const AloneArgs& args) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  constexpr int several = !Op::wide ? 1 : Mapped == DirectMap::none ? 4 : 2;
  const AloneArgs a = args;
  typename Op::Watch watch;
  const auto* const* const taps = reinterpret_cast<const typename Op::Input* const*>(a.taps);
  auto* const sums = static_cast<typename Op::Element*>(a.sums);
  auto* const columns = sums + a.sum_step;
  for (std::int64_t i = 0; i < a.width; ++i) sums[i] = Op::identity;
  const auto run = [&](const TallRun& r, std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
    const auto map = direct_map<Mapped, vectors.value>(a.map, i, len);
    DirectColumns<Op, 0, vectors.value, decltype(map), decltype(len)> column{taps + r.from, r.rows, map, len, watch};
    Acc acc[vectors.value];
    column.get(r.at + i, acc);
    for (int v = 0; v < vectors.value; ++v) {
      auto* const so_far = columns + r.to + i + v * lanes;
      auto* const sum = sums + i + v * lanes;
      if (r.from > 0) acc[v] = Op::apply(Op::load_acc(so_far, len), acc[v]);
      if (r.column >= 0) acc[v] = Op::apply(Op::load_acc(sum, len), acc[v]);
      store(r.column >= 0 ? sum : so_far, acc[v], len);
    }
  };
  const auto done = [&](std::int64_t, std::int64_t from) POOLNORM_INLINE_LAMBDA {
    along_channels<1, lanes>(a.width, [&](std::int64_t i, auto, auto len) POOLNORM_INLINE_LAMBDA {
      store(sums + i, Op::apply(Op::load_acc(sums + i, len), Op::load_acc(columns + from + i, len)), len);
    });
  };
  tall_window<several, lanes, Mapped>(a, run, done);
  const typename Op::Scale scale = Op::Scale::all(a.scale);
  along_channels<1, lanes>(a.width, [&](std::int64_t i, auto, auto len) POOLNORM_INLINE_LAMBDA {
    const auto map = direct_map<Mapped, 1>(a.map, i, len);
    Acc acc[1] = {Op::load_acc(sums + i, len)};
    direct_finish<Op, Mapped>(a.map, map, i, acc, scale, static_cast<typename Op::Output*>(a.dst) + i, a.stream, len);
  });
  return watch.any();
}

template <class Op, DirectMap Mapped = DirectMap::none>
bool alone(const AloneArgs& a) {
  if constexpr (Op::any_order) {
    if (a.side_by_side > 0) return alone_tall<Op, Mapped>(a);
  }
  if constexpr (Op::hot && !Op::any_order) {
    if (a.tap_count == 7) return alone_window<Op, 7, Mapped>(a);
    if (Mapped == DirectMap::none && a.tap_count == 8) return alone_window<Op, 8, DirectMap::none>(a);
  }
  return alone_window<Op, 0, Mapped>(a);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
