// Maxima and minima of windows that overlap by much, at a cost that does not grow with the window
// (van Herk, Gil and Werman): down the rows, and along the windows of wide groups.
//
// Windows are cut into blocks of as many as a window has units. The first window of a block is the block
// of units itself; each further one is what it keeps of those units (`rest`, found backwards) and what it
// has of the next ones (`part`, found forwards).
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/reduction.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Windows that share taps: unit q is `size` taps from first + q * step, and window w has the units from w
// on and then `extra` taps that do not fill one. With a stride, a unit is as many taps; with a dilation,
// there are as many chains, each of single taps.
struct Chain {
  std::int64_t first, step, size, units, extra, windows;
};

// The windows which, which + apart, ..
POOLNORM_INLINE Chain chain_of(std::int64_t first, std::int64_t stride, std::int64_t dilation, std::int64_t taps,
                               std::int64_t windows, std::int64_t which) {
  if (stride > 1) return {first, stride, stride, taps / stride, taps % stride, windows};
  return {first + which, dilation, 1, taps, 0, (windows - which + dilation - 1) / dilation};
}

// add(acc, tap) reduces a tap; put(w, acc) and get(w, acc) keep what window w will need; out(w, acc) is
// its result.
template <class Op, int Vectors, class Add, class Put, class Get, class Out>
POOLNORM_INLINE void slide(const Chain& c, Add add, Put put, Get get, Out out) {
  using Acc = typename Op::Acc;
  const auto add_unit = [&](Acc(&acc)[Vectors], std::int64_t q) POOLNORM_INLINE_LAMBDA {
    const std::int64_t tap = c.first + q * c.step;
    for (std::int64_t t = 0; t < c.size; ++t) add(acc, tap + t);
  };
  for (std::int64_t begin = 0; begin < c.windows; begin += c.units) {
    const std::int64_t end = c.windows - begin < c.units ? c.windows : begin + c.units;
    Acc rest[Vectors], part[Vectors];
    for (int v = 0; v < Vectors; ++v) rest[v] = part[v] = Acc(Op::identity);
    std::int64_t q = begin + c.units - 1;
    for (; q >= end; --q) add_unit(rest, q);
    for (; q > begin; --q) {
      add_unit(rest, q);
      put(q, rest);
    }
    add_unit(rest, begin);
    for (std::int64_t w = begin;;) {
      for (std::int64_t t = 0; t < c.extra; ++t) add(rest, c.first + (w + c.units) * c.step + t);
      for (int v = 0; v < Vectors; ++v) rest[v] = Op::apply(rest[v], part[v]);
      out(w, rest);
      if (++w == end) break;
      add_unit(part, w + c.units - 1);
      get(w, rest);
    }
  }
}

// Vectors at one offset of all output rows of a plane.
template <class Op, int Vectors, class Len>
POOLNORM_INLINE void columns_sliding_strip(const SlidingArgs& a, const typename Op::Input* src, typename Op::Element* dst, Len len,
                                           typename Op::Watch& watch) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  const std::int64_t apart = a.stride > 1 ? 1 : a.dilation;
  for (std::int64_t which = 0; which < apart && which < a.rows; ++which) {
    const auto row = [&](std::int64_t w) POOLNORM_INLINE_LAMBDA { return dst + (which + w * apart) * a.dst_row; };
    const auto add = [&](Acc(&acc)[Vectors], std::int64_t r) POOLNORM_INLINE_LAMBDA {
      if (r < 0 || r >= a.src_rows) return;
      Acc x[Vectors];
      for (int v = 0; v < Vectors; ++v) x[v] = Op::load(src + r * a.src_row + v * lanes, len);
      if constexpr (Op::Watch::active) {
        for (int v = 0; v < Vectors; v += 2) watch.see(x[v], x[Vectors == 1 ? 0 : v + 1]);
      }
      for (int v = 0; v < Vectors; ++v) acc[v] = Op::apply(acc[v], x[v]);
    };
    const auto put = [&](std::int64_t w, const Acc(&acc)[Vectors]) POOLNORM_INLINE_LAMBDA {
      for (int v = 0; v < Vectors; ++v) store(row(w) + v * lanes, acc[v], len);
    };
    const auto get = [&](std::int64_t w, Acc(&acc)[Vectors]) POOLNORM_INLINE_LAMBDA {
      for (int v = 0; v < Vectors; ++v) acc[v] = Op::load_acc(row(w) + v * lanes, len);
    };
    slide<Op, Vectors>(chain_of(a.first, a.stride, a.dilation, a.taps, a.rows, which), add, put, get, put);
  }
}

template <class Op>
bool columns_sliding(const SlidingArgs& a) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  typename Op::Watch watch;
  for (std::int64_t p = 0; p < a.planes.count; ++p) {
    for (std::int64_t g = 0; g < a.groups.count; ++g) {
      const typename Op::Input* src = static_cast<const typename Op::Input*>(a.src) + p * a.planes.src + g * a.groups.src;
      typename Op::Element* dst = static_cast<typename Op::Element*>(a.dst) + p * a.planes.dst + g * a.groups.dst;
      std::int64_t i = 0;
      if constexpr (Op::wide) {
        for (; i + 4 * lanes <= a.width; i += 4 * lanes) {
          columns_sliding_strip<Op, 4>(a, src + i, dst + i, Full{}, watch);
        }
      }
      for (; i + lanes <= a.width; i += lanes) columns_sliding_strip<Op, 1>(a, src + i, dst + i, Full{}, watch);
      if (i < a.width) columns_sliding_strip<Op, 1>(a, src + i, dst + i, Part{a.width - i}, watch);
    }
  }
  return watch.any();
}

// Vectors at one offset of all groups of a row.
template <class Op, int Vectors, class Len>
POOLNORM_INLINE void across_sliding_strip(const AcrossArgs& a, std::int64_t stride, std::int64_t dilation,
                                          const typename Op::Element* src, typename Op::Output* dst, Len len) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  const std::int64_t apart = stride > 1 ? 1 : dilation;
  for (std::int64_t which = 0; which < apart && which < a.windows; ++which) {
    const auto kept = [&](std::int64_t w) POOLNORM_INLINE_LAMBDA {
      return static_cast<typename Op::Element*>(a.spare) + w * Vectors * lanes;
    };
    const auto add = [&](Acc(&acc)[Vectors], std::int64_t column) POOLNORM_INLINE_LAMBDA {
      for (int v = 0; v < Vectors; ++v) {
        acc[v] = Op::apply(acc[v], Op::load_acc(src + column * a.column + v * lanes, len));
      }
    };
    const auto put = [&](std::int64_t w, const Acc(&acc)[Vectors]) POOLNORM_INLINE_LAMBDA {
      for (int v = 0; v < Vectors; ++v) store(kept(w) + v * lanes, acc[v]);
    };
    const auto get = [&](std::int64_t w, Acc(&acc)[Vectors]) POOLNORM_INLINE_LAMBDA {
      for (int v = 0; v < Vectors; ++v) acc[v] = load(kept(w) + v * lanes);
    };
    const auto out = [&](std::int64_t w, const Acc(&acc)[Vectors]) POOLNORM_INLINE_LAMBDA {
      typename Op::Output* const at = dst + (which + w * apart) * a.dst_step;
      for (int v = 0; v < Vectors; ++v) Op::finish(at + v * lanes, acc[v], NoScale{}, len);
    };
    slide<Op, Vectors>(chain_of(0, stride, dilation, a.taps, a.windows, which), add, put, get, out);
  }
}

template <class Op>
void across_sliding(const AcrossArgs& a) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  const std::int64_t stride = a.window_step / a.column, dilation = a.tap_step / a.column;
  for_each_row<Op>(a, [&](const typename Op::Element* src, typename Op::Output* dst) POOLNORM_INLINE_LAMBDA {
    std::int64_t i = 0;
    if constexpr (Op::wide) {
      for (; i + 4 * lanes <= a.width; i += 4 * lanes) {
        across_sliding_strip<Op, 4>(a, stride, dilation, src + i, dst + i, Full{});
      }
    }
    for (; i + lanes <= a.width; i += lanes) across_sliding_strip<Op, 1>(a, stride, dilation, src + i, dst + i, Full{});
    if (i < a.width) across_sliding_strip<Op, 1>(a, stride, dilation, src + i, dst + i, Part{a.width - i});
  });
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
