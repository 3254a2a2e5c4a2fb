// A long sum of a window that stands alone (kernels/alone.hpp): columns on top of their virtual lanes.
#pragma once

#include "kernels/long_columns.hpp"
#include "kernels/tall.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Columns in runs of their taps, and those on top of the lanes.
template <class Format, DirectMap Mapped, int Vectors>
POOLNORM_INLINE void add_columns(const AloneArgs& a, double* lanes, double* columns) {
  static_assert(tall_rows == run_taps);
  const auto* const* taps = reinterpret_cast<const typename Format::Element* const*>(a.taps);
  const auto lane_of = [&](std::int64_t j) POOLNORM_INLINE_LAMBDA { return lanes + (a.ranges->skipped + j) % 8 * a.sum_step; };
  const auto run = [&](const TallRun& r, std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
    const auto map = direct_map<Mapped, vectors.value>(a.map, i, len);
    F32 sum[vectors.value];
    add_run(sum, r.rows, [&](std::int64_t t, int v) POOLNORM_INLINE_LAMBDA {
      return map(v, Format::load(taps[r.from + t] + r.at + i + v * lanes32, len));
    });
    double* const lane = r.column < 0 ? nullptr : lane_of(r.column) + i;
    for (int v = 0; v < vectors.value; ++v) {
      double* const column = columns + r.to + i + v * lanes32;
      Wide so_far = Wide::from(sum[v]);
      if (r.from > 0) so_far.add(Wide::load(column, len));
      if (r.column >= 8) so_far.add(Wide::load(lane + v * lanes32, len));
      so_far.store(r.column < 0 ? column : lane + v * lanes32, len);
    }
  };
  const auto done = [&](std::int64_t j, std::int64_t from) POOLNORM_INLINE_LAMBDA {
    along_channels<1, lanes64>(a.width, [&](std::int64_t i, auto, auto len) POOLNORM_INLINE_LAMBDA {
      double* const lane = lane_of(j) + i;
      const F64 column = load(columns + from + i, len);
      store(lane, j < 8 ? column : column + load(lane, len), len);
    });
  };
  tall_window<Vectors, lanes32, Mapped>(a, run, done);
}

// The sums are eight virtual lanes.
template <class Op, DirectMap Mapped = DirectMap::none>
void long_alone(const AloneArgs& args) {
  using Format = typename Op::Terms;
  constexpr int several = Mapped != DirectMap::none ? 1 : few_registers ? 2 : 4;
  const AloneArgs a = args;
  const std::int64_t pitch = a.sum_step;
  double* const lanes = static_cast<double*>(a.sums);
  const TapRange range = *a.ranges;
  const std::int64_t columns = a.tap_count == 0 ? 0 : range.count;
  for (std::int64_t j = columns; j < 8; ++j) {
    double* const none = lanes + (range.skipped + j) % 8 * pitch;
    for (std::int64_t i = 0; i < pitch; ++i) none[i] = -0.0;
  }
  add_columns<Format, Mapped, several>(a, lanes, lanes + 8 * pitch);
  const typename Op::Scale scale = Op::Scale::all(a.scale);
  typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst);
  along_channels<1, lanes64>(a.width, [&](std::int64_t i, auto, auto len) POOLNORM_INLINE_LAMBDA {
    F64 sum[8];
    for (int v = 0; v < 8; ++v) sum[v] = load(lanes + v * pitch + i, len);
    Op::finish(dst + i, Op::join(sum), scale, len);
  });
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
