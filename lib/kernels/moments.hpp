// Two sums over blocks, along contiguous elements or along the channels of pixels. Both ways give each
// virtual lane the same elements in the same order. What is summed is a type with
//   shift(x0, centre)              what is subtracted from x, given the block's first element
//   first(x, g, shift), second(x, g, shift)   of F64 or double; in two functions, as GCC copies a struct of
//                                  two vectors through memory on AArch64
//   finish(first, second, shift, count)       -> the two numbers of a block
//   gradient, weighted                        whether there is a g, and whether it is weight * g
// x and g are elements of a Format, weights its parameters; all are widened to f64 first.
#pragma once

#include <type_traits>

#include "kernels/formats.hpp"
#include "kernels/moments_table.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

constexpr int lanes_of_block = static_cast<int>(virtual_lanes);
constexpr int vectors_of_lanes = lanes_of_block / static_cast<int>(lanes64);
// Blocks side by side: one of them is a chain of additions, each waiting for the one before.
constexpr int blocks_at_once = vectors_of_lanes == 1 ? 2 : 1;
// Floats of a cache line.
constexpr std::int64_t line32 = 16;
// Of pixels, a whole line of channels where registers allow: rows a power of two apart share so few sets
// of a cache that a line does not wait there for its other half. And as many lanes as are left room for.
constexpr int vectors_at_once = lanes64 >= 4 ? static_cast<int>(line32 / lanes64) : 4;
constexpr int lanes_at_once = (few_registers ? 4 : 8) / vectors_at_once;

template <class T>
struct Two {
  T first, second;
};

POOLNORM_INLINE F64 widen_load(const float* p, Full) { return widen_load(p); }
POOLNORM_INLINE F64 widen_load(const float* p, Part len) { return widen_load_n(p, len.n); }
template <class Len>
POOLNORM_INLINE F64 widen_load(const double* p, Len len) {
  return load(p, len);
}

// One element, or one parameter.
POOLNORM_INLINE double number(float x) { return static_cast<double>(x); }
POOLNORM_INLINE double number(double x) { return x; }
template <class Format>
POOLNORM_INLINE double element(const typename Format::Element* p) {
  if constexpr (std::is_floating_point_v<typename Format::Element>) {
    return number(*p);
  } else {
    return Format::load_f64(p, Part{1}).get(0);
  }
}

template <class T>
POOLNORM_INLINE T joined(const T* l) {
  return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
}

// mean and M2, around the block's first element
struct MomentTerms {
  static constexpr bool gradient = false, weighted = false;
  template <class T>
  POOLNORM_INLINE static T shift(T x0, T) { return x0; }
  template <class T>
  POOLNORM_INLINE static T first(T x, T, T shift) { return x - shift; }
  template <class T>
  POOLNORM_INLINE static T second(T x, T, T shift) { return (x - shift) * (x - shift); }
  template <class T>
  POOLNORM_INLINE static Two<T> finish(T s, T q, T shift, T count) {
    const T part = s / count;
    return {shift + part, q - s * part};
  }
};

// 0 and the sum of squares
struct SquareTerms {
  static constexpr bool gradient = false, weighted = false;
  template <class T>
  POOLNORM_INLINE static T shift(T, T) { return T(0.0); }
  template <class T>
  POOLNORM_INLINE static T first(T, T, T) { return T(0.0); }
  template <class T>
  POOLNORM_INLINE static T second(T x, T, T) { return x * x; }
  template <class T>
  POOLNORM_INLINE static Two<T> finish(T, T q, T, T) { return {T(0.0), q}; }
};

// the sums of g and of g * (x - centre)
struct GradientTerms {
  static constexpr bool gradient = true, weighted = false;
  template <class T>
  POOLNORM_INLINE static T shift(T, T centre) { return centre; }
  template <class T>
  POOLNORM_INLINE static T first(T, T g, T) { return g; }
  template <class T>
  POOLNORM_INLINE static T second(T x, T g, T shift) { return g * (x - shift); }
  template <class T>
  POOLNORM_INLINE static Two<T> finish(T s, T q, T, T) { return {s, q}; }
};
struct WeightedTerms : GradientTerms {
  static constexpr bool weighted = true;
};

template <class Sums, class Format>
struct LaneSums {
  using Element = typename Format::Element;
  using Parameter = typename Format::Vector::value_type;

  double shift;
  F64 shifts;
  F64 s[vectors_of_lanes], q[vectors_of_lanes];

  POOLNORM_INLINE void begin(const Element* first, double centre) {
    shift = Sums::shift(element<Format>(first), centre);
    shifts = F64(shift);
    for (int v = 0; v < vectors_of_lanes; ++v) s[v] = q[v] = F64(0.0);
  }
  POOLNORM_INLINE void add(const Element* x, const Element* g, const Parameter* w) {
    for (int v = 0; v < vectors_of_lanes; ++v) {
      const F64 xs = Format::load_f64(x + v * lanes64, Full{});
      F64 gs = Sums::gradient ? Format::load_f64(g + v * lanes64, Full{}) : xs;
      if constexpr (Sums::weighted) gs = widen_load(w + v * lanes64, Full{}) * gs;
      s[v] = s[v] + Sums::first(xs, gs, shifts);
      q[v] = q[v] + Sums::second(xs, gs, shifts);
    }
  }
  // With the last n < 8 elements.
  POOLNORM_INLINE Two<double> finish(const Element* x, const Element* g, const Parameter* w, std::int64_t n,
                                     double count) const {
    double first[lanes_of_block], second[lanes_of_block];
    for (int v = 0; v < vectors_of_lanes; ++v) {
      store(first + v * lanes64, s[v]);
      store(second + v * lanes64, q[v]);
    }
    for (std::int64_t i = 0; i < n; ++i) {
      const double value = element<Format>(x + i);
      double other = Sums::gradient ? element<Format>(g + i) : value;
      if constexpr (Sums::weighted) other = number(w[i]) * other;
      first[i] = first[i] + Sums::first(value, other, shift);
      second[i] = second[i] + Sums::second(value, other, shift);
    }
    return Sums::finish(joined(first), joined(second), shift, count);
  }
};

template <int Blocks, class Sums, class Format>
void sum_blocks(const BlocksArgs& a, std::int64_t block) {
  using Element = typename Format::Element;
  using Parameter = typename Format::Vector::value_type;
  const Element* const x = static_cast<const Element*>(a.src) + block * a.size;
  const Element* const g = Sums::gradient ? static_cast<const Element*>(a.gradient) + block * a.size : x;
  const Parameter* const w = Sums::weighted ? static_cast<const Parameter*>(a.weight) + block * a.size : nullptr;
  const std::int64_t ahead = a.ahead * static_cast<std::int64_t>(sizeof(Element));
  LaneSums<Sums, Format> sums[Blocks];
  for (int b = 0; b < Blocks; ++b) {
    sums[b].begin(x + b * a.size, Sums::gradient ? a.centre[(block + b) * a.centre_step] : 0.0);
  }
  std::int64_t i = 0;
  for (; i + virtual_lanes <= a.size; i += virtual_lanes) {
    for (int b = 0; b < Blocks; ++b) {
      const std::int64_t at = b * a.size + i;
      POOLNORM_FETCH(x + at, ahead);
      if constexpr (Sums::gradient) POOLNORM_FETCH(g + at, ahead);
      sums[b].add(x + at, g + at, Sums::weighted ? w + at : w);
    }
  }
  for (int b = 0; b < Blocks; ++b) {
    const std::int64_t at = b * a.size + i;
    const Two<double> two =
        sums[b].finish(x + at, g + at, Sums::weighted ? w + at : w, a.size - i, static_cast<double>(a.size));
    a.mean[block + b] = two.first;
    a.m2[block + b] = two.second;
  }
}

template <class Sums, class Format>
void all_blocks(const BlocksArgs& a) {
  std::int64_t b = 0;
  if constexpr (blocks_at_once > 1) {
    for (; b + blocks_at_once <= a.blocks; b += blocks_at_once) sum_blocks<blocks_at_once, Sums, Format>(a, b);
  }
  for (; b < a.blocks; ++b) sum_blocks<1, Sums, Format>(a, b);
}

template <class Sums, class Format, class Len>
POOLNORM_INLINE F64 shifts_at(const void* shift, const double* centre, std::int64_t c, Len len) {
  if constexpr (Sums::gradient) return load(centre + c, len);
  return Sums::shift(Format::load_f64(static_cast<const typename Format::Element*>(shift) + c, len), F64(0.0));
}

// Pixels from `x` and `g` on, and bytes to what is fetched meanwhile.
template <class Element>
struct Tile {
  const Element *x, *g;
  std::int64_t ahead_x, ahead_g;

  POOLNORM_INLINE Tile moved(const PixelsArgs& a, std::int64_t pixels) const {
    return {x + pixels * a.step, g + pixels * a.gradient_step, ahead_x, ahead_g};
  }
};

// Lanes [lane, lane + Lanes) of `groups` times eight pixels, `Vectors` vectors of channels.
template <class Sums, class Format, int Lanes, int Vectors, bool Fetch, class Len>
POOLNORM_INLINE void add_groups(const PixelsArgs& a, Tile<typename Format::Element> t, std::int64_t groups, int lane,
                                std::int64_t c, Len len) {
  double* const at = a.lanes + lane * a.pitch + c;
  F64 shift[Vectors], s[Lanes][Vectors], q[Lanes][Vectors];
  for (int v = 0; v < Vectors; ++v) {
    shift[v] = shifts_at<Sums, Format>(a.shift, a.centre, c + v * lanes64, len);
    for (int l = 0; l < Lanes; ++l) {
      s[l][v] = load(at + l * a.pitch + v * lanes64, len);
      q[l][v] = load(at + (virtual_lanes + l) * a.pitch + v * lanes64, len);
    }
  }
  t = t.moved(a, lane);
  const typename Format::Element *x = t.x + c, *g = t.g + c;
  for (std::int64_t i = 0; i < groups; ++i, x += virtual_lanes * a.step, g += virtual_lanes * a.gradient_step) {
    for (int l = 0; l < Lanes; ++l) {
      if constexpr (Fetch) POOLNORM_FETCH(x + l * a.step, t.ahead_x);
      if constexpr (Fetch && Sums::gradient) POOLNORM_FETCH(g + l * a.gradient_step, t.ahead_g);
      for (int v = 0; v < Vectors; ++v) {
        const F64 xs = Format::load_f64(x + l * a.step + v * lanes64, len);
        const F64 gs = Sums::gradient ? Format::load_f64(g + l * a.gradient_step + v * lanes64, len) : xs;
        s[l][v] = s[l][v] + Sums::first(xs, gs, shift[v]);
        q[l][v] = q[l][v] + Sums::second(xs, gs, shift[v]);
      }
    }
  }
  for (int v = 0; v < Vectors; ++v) {
    for (int l = 0; l < Lanes; ++l) {
      store(at + l * a.pitch + v * lanes64, s[l][v], len);
      store(at + (virtual_lanes + l) * a.pitch + v * lanes64, q[l][v], len);
    }
  }
}

template <class Sums, class Format, int Vectors, bool Fetch, class Len>
POOLNORM_INLINE void add_all_lanes(const PixelsArgs& a, const Tile<typename Format::Element>& t, std::int64_t groups,
                                   std::int64_t c, Len len) {
  for (int lane = 0; lane < lanes_of_block; lane += lanes_at_once) {
    add_groups<Sums, Format, lanes_at_once, Vectors, Fetch>(a, t, groups, lane, c, len);
  }
}

template <class Sums, class Format>
void add_pixel(const PixelsArgs& a, const Tile<typename Format::Element>& t, int lane) {
  const Tile<typename Format::Element> first = t.moved(a, -lane);
  std::int64_t c = 0;
  for (; c + lanes64 <= a.width; c += lanes64) add_groups<Sums, Format, 1, 1, false>(a, first, 1, lane, c, Full{});
  if (c < a.width) add_groups<Sums, Format, 1, 1, false>(a, first, 1, lane, c, Part{a.width - c});
}

template <class Sums, class Format>
void add_pixels(const PixelsArgs& a) {
  // Pixels whose channels are visited vector by vector, small enough for the second-level cache.
  constexpr std::int64_t tile_bytes = 64 * 1024;
  using Element = typename Format::Element;
  const Element* const x = static_cast<const Element*>(a.src);
  Tile<Element> t{x, Sums::gradient ? static_cast<const Element*>(a.gradient) : x, 0, 0};
  std::int64_t left = a.count;
  int lane = static_cast<int>(a.first_lane);
  for (; left > 0 && lane % lanes_of_block != 0; --left, ++lane, t = t.moved(a, 1)) add_pixel<Sums, Format>(a, t, lane);
  const std::int64_t fit = tile_bytes / static_cast<std::int64_t>(sizeof(Element)) / virtual_lanes / a.width,
                     most = fit < 2 ? 2 : fit;
  for (std::int64_t groups = left / virtual_lanes; groups > 0;) {
    const std::int64_t now = groups < most ? groups : most, pixels = now * virtual_lanes;
    // Fetched meanwhile, a line at a time, as rows are too far apart for the hardware to foresee: the next
    // tile, or the channels behind these.
    t.ahead_x = (groups > now ? pixels * a.step : a.width) * static_cast<std::int64_t>(sizeof(*t.x));
    t.ahead_g = (groups > now ? pixels * a.gradient_step : a.width) * static_cast<std::int64_t>(sizeof(*t.g));
    constexpr std::int64_t wide = vectors_at_once * lanes64;
    std::int64_t c = 0;
    for (; c + wide <= a.width; c += wide) add_all_lanes<Sums, Format, vectors_at_once, true>(a, t, now, c, Full{});
    for (; c + lanes64 <= a.width; c += lanes64) add_all_lanes<Sums, Format, 1, false>(a, t, now, c, Full{});
    if (c < a.width) add_all_lanes<Sums, Format, 1, false>(a, t, now, c, Part{a.width - c});
    t = t.moved(a, pixels);
    groups -= now;
  }
  for (lane = 0; lane < left % virtual_lanes; ++lane, t = t.moved(a, 1)) add_pixel<Sums, Format>(a, t, lane);
}

template <class Sums, class Format, class Len>
POOLNORM_INLINE void join_at(const JoinArgs& a, std::int64_t c, Len len) {
  F64 s[lanes_of_block], q[lanes_of_block];
  for (int l = 0; l < lanes_of_block; ++l) {
    s[l] = load(a.lanes + l * a.pitch + c, len);
    q[l] = load(a.lanes + (virtual_lanes + l) * a.pitch + c, len);
  }
  const F64 shift = shifts_at<Sums, Format>(a.shift, a.centre, c, len);
  const Two<F64> two = Sums::finish(joined(s), joined(q), shift, F64(static_cast<double>(a.count)));
  store(a.mean + c, two.first, len);
  store(a.m2 + c, two.second, len);
}

template <class Sums, class Format>
void join_lanes(const JoinArgs& a) {
  std::int64_t c = 0;
  for (; c + lanes64 <= a.width; c += lanes64) join_at<Sums, Format>(a, c, Full{});
  if (c < a.width) join_at<Sums, Format>(a, c, Part{a.width - c});
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
