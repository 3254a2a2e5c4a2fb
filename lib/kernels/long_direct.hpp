// Long sums of windows that share no columns, where groups are wide (NHWC): columns and virtual lanes of one group of
// vectors, without a row buffer.
#pragma once

#include "kernels/direct.hpp"
#include "kernels/long_columns.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// One window, `Vectors` vectors of channels from element i of the group on.
template <class Op, DirectMap Mapped, int Vectors, class Len>
POOLNORM_INLINE void long_window(const DirectArgs& a, std::int64_t o, std::int64_t i, Len len) {
  using Format = typename Op::Terms;
  const auto* taps = reinterpret_cast<const typename Format::Element* const*>(a.taps);
  const TapRange range = a.ranges[o];
  const std::int64_t columns = a.tap_count == 0 ? 0 : range.count;
  double lane[8][Vectors * lanes32];
  for (auto& each : lane) {
    for (double& x : each) x = -0.0;
  }
  const auto map = direct_map<Mapped, Vectors>(a.map, i, len);
  std::int64_t at = range.first * a.column + i;
  for (std::int64_t j = 0; j < columns; ++j, at += a.tap_step) {
    Wide column[Vectors];
    for (int v = 0; v < Vectors; ++v) column[v] = {F64(-0.0), F64(-0.0)};
    for (std::int64_t from = 0; from < a.tap_count; from += run_taps) {
      F32 sum[Vectors];
      add_run(sum, a.tap_count - from < run_taps ? a.tap_count - from : run_taps,
              [&](std::int64_t t, int v) POOLNORM_INLINE_LAMBDA {
                return map(v, Format::load(taps[from + t] + at + v * lanes32, len));
              });
      for (int v = 0; v < Vectors; ++v) column[v].add(Wide::from(sum[v]));
    }
    double* to = lane[(range.skipped + j) % 8];
    for (int v = 0; v < Vectors; ++v) {
      column[v].add(Wide::load(to + v * lanes32, Full{}));
      column[v].store(to + v * lanes32, Full{});
    }
  }
  typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst) + o * a.dst_step + i;
  const typename Op::Scale scale = Op::Scale::all(a.scale + o * a.scale_step);
  std::int64_t left = Vectors * lanes32;
  if constexpr (std::is_same_v<Len, Part>) left = len.n;
  for (std::int64_t k = 0; k < left; k += lanes64) {
    F64 sum[8];
    for (int v = 0; v < 8; ++v) sum[v] = load(lane[v] + k);
    if (left - k >= lanes64) {
      Op::finish(dst + k, Op::join(sum), scale, Full{});
    } else {
      Op::finish(dst + k, Op::join(sum), scale, Part{left - k});
    }
  }
}

template <class Op, DirectMap Mapped = DirectMap::none>
void long_direct(const DirectArgs& args) {
  const DirectArgs a = args;
  constexpr int several = few_registers ? 2 : 4;
  for (std::int64_t o = 0; o < a.windows; ++o) {
    along_channels<several, lanes32>(a.width, [&](std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
      long_window<Op, Mapped, vectors.value>(a, o, i, len);
    });
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
