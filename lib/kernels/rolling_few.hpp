// Windows that overlap along the row, of few channels (kernels/rolling.hpp): a vector of channels goes from window to window with the columns
// that these share in registers, then the next vector does. In between the rows stay in the first-level cache, so a row is taken in pieces.
#pragma once

#include "kernels/direct.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Input elements of a piece.
constexpr std::int64_t few_budget = 4096;

// Windows of Rows x Columns and stride `Step` along and down, of two output rows that see all their taps; a vector of channels at least.
template <class Op, int Rows, int Columns, int Step, DirectMap Mapped>
struct RollingFew {
  using Input = typename Op::Input;
  using Output = typename Op::Output;
  using Acc = typename Op::Acc;
  static constexpr std::int64_t lanes = Acc::size;
  static constexpr int shared = Columns - Step;

  const RollingArgs& a;
  typename Op::Watch& watch;
  std::int64_t ahead;  // bytes to what is fetched; 0: nothing

  // Windows [begin, end), a vector from element i of the group on; whether all results are right.
  POOLNORM_INLINE bool run(std::int64_t begin, std::int64_t end, std::int64_t i, bool streaming) const {
    constexpr Full len;
    const Input* taps[Rows + Step];
    for (int t = 0; t < Rows + Step; ++t) taps[t] = static_cast<const Input*>(a.taps[t]) + a.ranges[begin].first * a.column + i;
    Output* dst = static_cast<Output*>(a.dst) + begin * a.dst_step + i;
    const std::int64_t column = a.column, dst_step = a.dst_step, dst_row = a.dst_row;
    const typename Op::Scale scale = Op::Scale::all(a.scale + begin * a.scale_step);
    Looked<typename Op::Scale> looked{scale};
    const auto map = direct_map<Mapped, 1>(a.map, i, len);
    DirectColumns<Op, Rows, 1, decltype(map), Full> columns{taps, Rows, map, len, watch};
    Acc made[Columns][2];
    for (int j = 0; j < shared; ++j) columns.template rows<Step>(j * column, made[j]);
    for (std::int64_t o = begin; o < end; ++o) {
      for (int j = shared; j < Columns; ++j) {
        if (ahead) {
          for (int t = Rows - Step; t < Rows + Step; ++t) POOLNORM_FETCH(taps[t] + j * column, ahead);
        }
        columns.template rows<Step>(j * column, made[j]);
      }
      for (int r = 0; r < 2; ++r) {
        Acc acc[1] = {made[0][r]};
        for (int j = 1; j < Columns; ++j) acc[0] = Op::apply(acc[0], made[j][r]);
        looked.see(acc[0]);
        direct_finish<typename Op::Quick, Mapped>(a.map, map, i, acc, looked.quick(), dst + r * dst_row, streaming, len);
      }
      for (int j = 0; j < shared; ++j) {
        for (int r = 0; r < 2; ++r) made[j][r] = made[j + Step][r];
      }
      for (auto& each : taps) each += Step * column;
      dst += dst_step;
    }
    return looked.right();
  }

  // Window o, any but one of padding alone.
  POOLNORM_INLINE bool one(std::int64_t o, std::int64_t i, bool streaming) const {
    constexpr Full len;
    const TapRange range = a.ranges[o];
    const auto map = direct_map<Mapped, 1>(a.map, i, len);
    DirectColumns<Op, Rows, 1, decltype(map), Full> columns{reinterpret_cast<const Input* const*>(a.taps), Rows, map, len, watch};
    const typename Op::Scale scale = Op::Scale::all(a.scale + o * a.scale_step);
    Looked<typename Op::Scale> looked{scale};
    Acc sum[2], made[2];
    for (std::int64_t j = 0; j < range.count; ++j) {
      columns.template rows<Step>((range.first + j) * a.column + i, made);
      for (int r = 0; r < 2; ++r) sum[r] = j == 0 ? made[r] : Op::apply(sum[r], made[r]);
    }
    for (int r = 0; r < 2; ++r) {
      Acc acc[1] = {sum[r]};
      looked.see(acc[0]);
      Output* const dst = static_cast<Output*>(a.dst) + r * a.dst_row + o * a.dst_step + i;
      direct_finish<typename Op::Quick, Mapped>(a.map, map, i, acc, looked.quick(), dst, streaming, len);
    }
    return looked.right();
  }

  // body(i, streaming) for all vectors. The last one overlaps the one before, rather than be a part of one.
  template <class Body>
  POOLNORM_INLINE bool each(Body body) const {
    bool right = true;
    for (std::int64_t i = 0, last = a.width - lanes; i < a.width; i += lanes) right &= body(i < last ? i : last, a.stream && i <= last);
    return right;
  }
};

// Windows [begin, end) of two output rows, any.
template <class Op, DirectMap Mapped>
POOLNORM_NOINLINE bool two_rows_apart(const RollingArgs& a, std::int64_t begin, std::int64_t end) {
  bool seen = false;
  DirectArgs row{a, a.column};
  for (int r = 0; r < 2; ++r) {
    seen |= windows_apart<Op, Mapped>(row, begin, end);
    row.taps = a.taps + a.second;
    row.dst = static_cast<typename Op::Output*>(a.dst) + a.dst_row;
  }
  return seen;
}

template <class Op, int Rows, int Columns, int Step, DirectMap Mapped>
POOLNORM_NOINLINE bool rolling_few(const RollingArgs& args) {
  using Few = RollingFew<Op, Rows, Columns, Step, Mapped>;
  const RollingArgs a = args;
  typename Op::Watch watch;
  const Few few{a, watch, a.ahead ? few_budget * static_cast<std::int64_t>(sizeof(typename Op::Input)) : 0};
  const std::int64_t most = few_budget / ((Rows + Step) * Step * a.column) + 2;
  bool seen = false;
  for (std::int64_t o = 0; o < a.windows;) {
    const std::int64_t whole = whole_windows_from(a, o, Columns), end = o + (whole > 0 ? whole : 1);
    if (whole == 0 || (whole > 1 && a.ranges[o + 1].first - a.ranges[o].first != Step)) {
      for (; o < end; ++o) {
        const bool right = a.ranges[o].count > 0 &&
                           few.each([&](std::int64_t i, bool streaming) POOLNORM_INLINE_LAMBDA { return few.one(o, i, streaming); });
        if (!right) seen |= two_rows_apart<typename Op::General, Mapped>(a, o, o + 1);
      }
      continue;
    }
    while (o < end) {
      const std::int64_t begin = o;
      o = end - o < most ? end : o + most;
      const bool right = few.each([&](std::int64_t i, bool streaming) POOLNORM_INLINE_LAMBDA { return few.run(begin, o, i, streaming); });
      if (!right) seen |= two_rows_apart<typename Op::General, Mapped>(a, begin, o);
    }
  }
  return seen || watch.any();
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
