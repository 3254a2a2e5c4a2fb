// A long sum of a window that stands alone (kernels/alone.hpp): a column on top of its virtual lane.
#pragma once

#include "kernels/long_columns.hpp"
#include "kernels/tall.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// The column at offset `at` of every tap, on top of what `lane` holds when `more`.
template <class Format, DirectMap Mapped, int Vectors, class Len>
POOLNORM_INLINE void add_column(const AloneArgs& a, std::int64_t at, std::int64_t i, bool more, double* lane, Len len) {
  const auto* const* taps = reinterpret_cast<const typename Format::Element* const*>(a.taps);
  const auto map = direct_map<Mapped, Vectors>(a.map, i, len);
  Wide column[Vectors];
  for (int v = 0; v < Vectors; ++v) column[v] = {F64(-0.0), F64(-0.0)};
  const auto run = [&](std::int64_t from, std::int64_t count) POOLNORM_INLINE_LAMBDA {
    F32 sum[Vectors];
    add_run(sum, count, [&](std::int64_t t, int v) POOLNORM_INLINE_LAMBDA {
      return map(v, Format::load(taps[from + t] + at + i + v * lanes32, len));
    });
    for (int v = 0; v < Vectors; ++v) column[v].add(Wide::from(sum[v]));
  };
  std::int64_t from = 0;
  for (; from + run_taps <= a.tap_count; from += run_taps) run(from, run_taps);
  if (from < a.tap_count) run(from, a.tap_count - from);
  for (int v = 0; v < Vectors; ++v) {
    if (more) column[v].add(Wide::load(lane + i + v * lanes32, Full{}));
    column[v].store(lane + i + v * lanes32, Full{});
  }
}

// Columns of a tall window, in runs of its rows.
template <class Format, DirectMap Mapped, int Vectors>
POOLNORM_INLINE void add_tall_columns(const AloneArgs& a, double* lanes, double* columns) {
  static_assert(tall_rows == run_taps);
  const auto* const* taps = reinterpret_cast<const typename Format::Element* const*>(a.taps);
  const auto run = [&](std::int64_t from, std::int64_t rows, std::int64_t at, std::int64_t i, std::int64_t to, auto vectors, auto len)
      POOLNORM_INLINE_LAMBDA {
    const auto map = direct_map<Mapped, vectors.value>(a.map, i, len);
    F32 sum[vectors.value];
    add_run(sum, rows, [&](std::int64_t t, int v) POOLNORM_INLINE_LAMBDA {
      return map(v, Format::load(taps[from + t] + at + i + v * lanes32, len));
    });
    for (int v = 0; v < vectors.value; ++v) {
      double* const column = columns + to + i + v * lanes32;
      Wide so_far = Wide::from(sum[v]);
      if (from > 0) so_far.add(Wide::load(column, len));
      so_far.store(column, len);
    }
  };
  const auto done = [&](std::int64_t j, std::int64_t from) POOLNORM_INLINE_LAMBDA {
    double* const to = lanes + (a.ranges->skipped + j) % 8 * a.sum_step;
    along_channels<1, lanes64>(a.width, [&](std::int64_t i, auto, auto len) POOLNORM_INLINE_LAMBDA {
      const F64 column = load(columns + from + i, len);
      store(to + i, j < 8 ? column : column + load(to + i), len);
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
  if (a.side_by_side > 0) add_tall_columns<Format, Mapped, several>(a, lanes, lanes + 8 * pitch);
  for (std::int64_t j = 0; a.side_by_side == 0 && j < columns; ++j) {
    along_channels<several, lanes32>(a.width, [&](std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
      add_column<Format, Mapped, vectors.value>(a, (range.first + j) * a.column, i, j >= 8,
                                                lanes + (range.skipped + j) % 8 * pitch, len);
    });
  }
  const typename Op::Scale scale = Op::Scale::all(a.scale);
  typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst);
  along_channels<1, lanes64>(a.width, [&](std::int64_t i, auto, auto len) POOLNORM_INLINE_LAMBDA {
    F64 sum[8];
    for (int v = 0; v < 8; ++v) sum[v] = load(lanes + v * pitch + i);
    Op::finish(dst + i, Op::join(sum), scale, len);
  });
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
