// The way back by indices of max pooling, input by input: of Merge::into, what an input has of all windows that name it. In lanes of f32,
// and of f64.
#pragma once

#include <type_traits>

#include "kernels/collect_blocks.hpp"
#include "kernels/collect_table.hpp"
#include "kernels/index_best.hpp"
#include "kernels/pairs.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// One loop that compilers make vectors of, place(index, element), wherever rows are packed and elements alike.
template <class Index, class Place>
POOLNORM_INLINE void places_of(const PlacesArgs& a, Place place) {
  const bool run = a.element_rise == 0 && (a.windows == 1 || a.src_step == a.width);
  const std::int64_t pieces = run ? 1 : a.windows, width = run ? a.windows * a.width : a.width;
  for (std::int64_t w = 0; w < pieces; ++w) {
    const Index* __restrict from = static_cast<const Index*>(a.src) + w * a.src_step;
    std::int32_t* __restrict to = a.dst + w * width;
    for (std::int64_t e = 0; e < width; ++e) to[e] = place(from[e], e);
  }
}

// Those that no tap has, nobody looks for.
inline void places_u8(const PlacesArgs& a) {
  places_of<std::uint8_t>(a, [](std::uint8_t i, std::int64_t) POOLNORM_INLINE_LAMBDA { return i + 1; });
}

template <class Index>
void places(const PlacesArgs& a) {
  using Unsigned = std::make_unsigned_t<Index>;
  if (a.rise == 0 && a.element_rise == 0) {
    const auto count = static_cast<Unsigned>(a.places);
    return places_of<Index>(a, [count](Index i, std::int64_t) POOLNORM_INLINE_LAMBDA {
      return static_cast<Unsigned>(i) < count ? static_cast<std::int32_t>(i) + 1 : 0;
    });
  }
  const auto count = static_cast<std::uint64_t>(a.places);
  places_of<Index>(a, [count, &a](Index i, std::int64_t e) POOLNORM_INLINE_LAMBDA {
    const auto rise = static_cast<std::uint64_t>(a.rise + e * a.element_rise);
    const std::uint64_t at = static_cast<std::uint64_t>(static_cast<std::int64_t>(i)) - rise;
    return at < count ? static_cast<std::int32_t>(at) + 1 : 0;
  });
}

template <class V, class Merge>
struct Collect {
  using T = Scalar<V>;
  using Integer = typename Lanes<V>::Integer;
  using Number = typename Integer::value_type;
  static constexpr std::int64_t lanes = lanes_of<V>;

  static std::int64_t total(Integer v) {
    Number lane[lanes];
    v.store_unaligned(lane);
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < lanes; ++i) sum += lane[i];
    return sum;
  }

  struct Found {
    Integer windows{Number(0)};

    template <class Len>
    POOLNORM_INLINE void add(V& sum, const T* gradient, const std::int32_t* place, Integer expected, Len len) {
      const auto here = Lanes<V>::load_index(place, len) == expected;
      sum = Merge::into(sum, here, load(gradient, len));
      windows = windows + xsimd::select(here, Integer(Number(1)), Integer(Number(0)));
    }
  };

  // each(seen, end, dst) of every row of inputs.
  template <class Each>
  static POOLNORM_INLINE void each_row(const CollectArgs& a, Each each) {
    const CollectRow* seen = a.seen;
    T* dst = static_cast<T*>(a.dst);
    for (std::int64_t i = 0; i < a.rows; ++i, dst += a.dst_row) {
      const CollectRow* const end = a.seen + a.seen_end[i];
      each(seen, end, dst);
      seen = end;
    }
  }

  // The windows that see a column: from elements `gradient` and `place` of a row on.
  struct Column {
    std::int64_t gradient, place, count;
    std::int32_t expected;
    std::int64_t next_gradient, next_place;
    std::int32_t next_expected;
  };

  // N vectors of a column from element e on, of the row of inputs that `seen` are of.
  template <int N, class Len>
  static POOLNORM_INLINE void block(const Column c, const CollectRow* seen, const CollectRow* end, T* dst,
                                    std::int64_t e, Found& found, Len len) {
    V sum[N];
    for (V& s : sum) s = V(T(0));
    for (; seen != end; ++seen) {
      const T* gradient = static_cast<const T*>(seen->gradients) + c.gradient + e;
      const std::int32_t* place = seen->places + c.place + e;
      std::int32_t expected = seen->place + c.expected;
      for (std::int64_t t = 0; t < c.count; ++t) {
        const Integer all(expected);
        for (int n = 0; n < N; ++n) found.add(sum[n], gradient + n * lanes, place + n * lanes, all, len);
        gradient += c.next_gradient;
        place += c.next_place;
        expected += c.next_expected;
      }
    }
    for (int n = 0; n < N; ++n) store(dst + e + n * lanes, sum[n], len);
  }

  static std::int64_t collect(const CollectArgs& a) {
    Found found;
    const std::int64_t width = a.width, gradient_step = a.gradient_step;
    Column c{0, 0, 0, 0, a.axis.step * gradient_step, a.axis.step * width, a.axis.more};
    each_row(a, [&](const CollectRow* seen, const CollectRow* end, T* dst) POOLNORM_INLINE_LAMBDA {
      for (std::int64_t i = 0; i < a.columns; ++i, dst += a.dst_step) {
        c.gradient = a.axis.first[i] * gradient_step;
        c.place = a.axis.first[i] * width;
        c.count = a.axis.count[i];
        c.expected = a.axis.place[i];
        std::int64_t e = 0;
        for (; e + 4 * lanes <= width; e += 4 * lanes) block<4>(c, seen, end, dst, e, found, Full{});
        for (; e + lanes <= width; e += lanes) block<1>(c, seen, end, dst, e, found, Full{});
        if (e < width) block<1>(c, seen, end, dst, e, found, Part{width - e});
      }
    });
    return total(found.windows);
  }

  // N vectors of a phase from its input j on, in every row.
  template <int N>
  struct Phase {
    const CollectArgs& a;
    const CollectPhase& phase;
    std::int64_t j;
    Integer expected[N];

    // columns: of the phase.
    POOLNORM_INLINE Phase(const CollectArgs& args, const CollectPhase& of, std::int64_t from, std::int64_t columns)
        : a(args), phase(of), j(from) {
      constexpr Number never = -(1 << 30);  // less than no place by more than any row adds
      for (int n = 0; n < N; ++n) {
        Number lane[lanes];
        for (std::int64_t i = 0; i < lanes; ++i) {
          const std::int64_t at = j + n * lanes + i;
          lane[i] = at < columns ? static_cast<Number>(phase.place + at * a.column_place) : never;
        }
        expected[n] = Integer::load_unaligned(lane);
      }
    }

    POOLNORM_INLINE void operator()(const CollectRow* seen, const CollectRow* end, V (&sum)[N], Found& found) const {
      for (V& s : sum) s = V(T(0));
      for (; seen != end; ++seen) {
        const T* gradient = static_cast<const T*>(seen->gradients) + phase.windows.offset + j;
        const std::int32_t* place = seen->places + phase.windows.offset + j;
        std::int32_t row = seen->place;
        for (std::int64_t t = 0; t < phase.windows.taps; ++t) {
          const Integer more(row);
          for (int n = 0; n < N; ++n) {
            found.add(sum[n], gradient + n * lanes, place + n * lanes, expected[n] + more, Full{});
          }
          gradient += a.axis.step;
          place += a.axis.step;
          row += a.axis.more;
        }
      }
    }
  };

  // N vectors of every phase, from the phase's input j on.
  template <int N>
  static void along(const CollectArgs& a, std::int64_t j, Found& found) {
    const std::int64_t left = a.columns - a.stride * j;
    const Phase<N> first(a, a.phases[0], j, (a.columns + a.stride - 1) / a.stride);
    V x[N];
    if (a.stride == 1) {
      each_row(a, [&](const CollectRow* seen, const CollectRow* end, T* dst) POOLNORM_INLINE_LAMBDA {
        first(seen, end, x, found);
        for (int n = 0; n < N; ++n) store_some<InLanes<V>>(dst + j + n * lanes, x[n], left - n * lanes);
      });
      return;
    }
    const Phase<N> second(a, a.phases[1], j, a.columns / 2);
    V y[N];
    each_row(a, [&](const CollectRow* seen, const CollectRow* end, T* dst) POOLNORM_INLINE_LAMBDA {
      first(seen, end, x, found);
      second(seen, end, y, found);
      for (int n = 0; n < N; ++n) {
        store_pairs<InLanes<V>>(dst + 2 * (j + n * lanes), x[n], y[n], left - 2 * n * lanes);
      }
    });
  }

  static std::int64_t collect_along(const CollectArgs& a) {
    const std::int64_t count = (a.columns + a.stride - 1) / a.stride;
    Found found;
    std::int64_t j = 0;
    if constexpr (!few_registers) {
      for (; j + 2 * lanes < count; j += 4 * lanes) along<4>(a, j, found);
    }
    for (; j + lanes < count; j += 2 * lanes) along<2>(a, j, found);
    if (j < count) along<1>(a, j, found);
    return total(found.windows);
  }

};

// Small windows are of elements, others of lanes.
template <class Format, class Merge>
constexpr CollectKernels make_collect() {
  using Lane = Collect<typename Format::Vector, Merge>;
  CollectKernels k{};
  if constexpr (!portable_lanes && Lane::lanes >= 4) {
    k.places_u8 = places_u8;
    k.places_i32 = places<std::int32_t>;
    k.places_i64 = places<std::int64_t>;
    k.collect = Lane::collect;
    if constexpr (Lane::lanes >= 8) k.collect_along = Lane::collect_along;
    k.lanes = Lane::lanes;
    if constexpr (Lane::lanes == lanes32) {
      k.names_i32 = tap_names<std::int32_t>;
      k.names_i64 = tap_names<std::int64_t>;
      k.blocks = collect_blocks<Format, Merge>;
      k.blocks_along = collect_blocks_along<Format, Merge>;
    }
  }
  return k;
}
template <class Format, class Merge>
inline constexpr CollectKernels collect_table = make_collect<Format, Merge>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
