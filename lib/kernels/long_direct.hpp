// Long sums of windows that share no columns, where groups are wide (NHWC): columns and virtual lanes of one group of
// vectors, without a row buffer.
#pragma once

#include "kernels/direct.hpp"
#include "kernels/long_columns.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// The average of a window, of `left` channels from element i of the group on.
template <class Op, std::size_t Width>
POOLNORM_INLINE void store_lanes(const DirectArgs& a, std::int64_t o, std::int64_t i, std::int64_t left, const double (&lane)[8][Width]) {
  typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst) + o * a.dst_step + i;
  const typename Op::Scale scale = Op::Scale::all(a.scale + o * a.scale_step);
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
  std::int64_t left = Vectors * lanes32;
  if constexpr (std::is_same_v<Len, Part>) left = len.n;
  store_lanes<Op>(a, o, i, left, lane);
}

// Channels of which all taps of a run are read before the next run's: rows may be pages apart, and what comes from far comes in lines,
// several at once.
constexpr std::int64_t far_channels = 64;

// The same of up to so many channels, where registers hold the sums of fewer.
template <class Op, DirectMap Mapped>
void far_window(const DirectArgs& a, std::int64_t o, std::int64_t first, std::int64_t width) {
  using Format = typename Op::Terms;
  const auto* taps = reinterpret_cast<const typename Format::Element* const*>(a.taps);
  const TapRange range = a.ranges[o];
  double lane[8][far_channels], column[far_channels];
  for (auto& each : lane) {
    for (double& x : each) x = -0.0;
  }
  std::int64_t at = range.first * a.column + first;
  for (std::int64_t j = 0; j < range.count; ++j, at += a.tap_step) {
    double* const to = lane[(range.skipped + j) % 8];
    for (std::int64_t from = 0; from < a.tap_count; from += run_taps) {
      const std::int64_t count = a.tap_count - from < run_taps ? a.tap_count - from : run_taps;
      along_channels<1, lanes32>(width, [&](std::int64_t i, auto, auto len) POOLNORM_INLINE_LAMBDA {
        const auto map = direct_map<Mapped, 1>(a.map, first + i, len);
        F32 sum[1];
        add_run(sum, count, [&](std::int64_t t, int v) POOLNORM_INLINE_LAMBDA {
          return map(v, Format::load(taps[from + t] + at + i, len));
        });
        Wide so_far = Wide::from(sum[0]);
        if (from > 0) so_far.add(Wide::load(column + i, Full{}));
        const bool last = from + count == a.tap_count;
        if (last) so_far.add(Wide::load(to + i, Full{}));
        so_far.store((last ? to : column) + i, Full{});
      });
    }
  }
  store_lanes<Op>(a, o, first, width, lane);
}

template <class Op, DirectMap Mapped = DirectMap::none>
void long_direct(const DirectArgs& args) {
  const DirectArgs a = args;
  constexpr int several = few_registers ? 2 : 4;
  for (std::int64_t o = 0; o < a.windows; ++o) {
    if constexpr (several * lanes32 < far_channels) {
      if (a.tap_count > 2 * run_taps) {
        for (std::int64_t i = 0; i < a.width; i += far_channels) {
          far_window<Op, Mapped>(a, o, i, a.width - i < far_channels ? a.width - i : far_channels);
        }
        continue;
      }
    }
    along_channels<several, lanes32>(a.width, [&](std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
      long_window<Op, Mapped, vectors.value>(a, o, i, len);
    });
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
