// What a pooling does with its taps: one struct per reduction, all with the same members. The stages
// (columns, across, direct) are templates over them.
//
//   Input, Output          elements of src and of dst
//   Element, Acc           an accumulator in the row buffer, a vector of them
//   streams                results are whole vectors, which may be stored past the cache
//   hot                    worth a loop of its own for small windows and short rows
//   wide                   worth several vectors at a time; else small code is worth more
//   unroll                 vectors at a time in the across stage
//   any_order              taps may come in any order, and more than once
//   load, load_acc         a vector of inputs, of accumulators; `Part` touches n elements
//   apply(acc, x)          one tap more
//   across(at, n, skipped) the taps of a window, in the order that defines the result; `skipped` taps
//                          before the first lie in padding
//   along(p, n, skipped)   the same for n contiguous accumulators, in lane 0
//   finish(dst, acc, s)    to the output: a zero is +0 (and a NaN quiet), sums are divided
#pragma once

#include <cmath>
#include <type_traits>

#include "kernels/formats.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Code for four lanes and few registers is long, and gains little.
constexpr bool small_code = portable_lanes || (few_registers && lanes32 == 4);

// Whether any input was NaN, at one comparison for two vectors.
struct NanWatch {
  static constexpr bool active = true;
  M32 seen{false};

  POOLNORM_INLINE void see(F32 a, F32 b) { seen = either(seen, unordered(a, b)); }
  bool any() const { return xsimd::any(seen); }
};
struct NoWatch {
  static constexpr bool active = false;
  template <class V>
  POOLNORM_INLINE void see(V, V) {}
  bool any() const { return false; }
};

// Max and min. Fast: pick_max, right unless there is a NaN, which the watch reports. Exact: any input.
template <bool IsMax, bool Exact>
struct Extremum {
  using General = Extremum;
  using Quick = Extremum;
  static constexpr bool is_exact = Exact || max_is_exact;
  using Input = float;
  using Output = float;
  using Element = float;
  using Acc = F32;
  using Scale = NoScale;
  static constexpr bool streams = true;
  using Watch = std::conditional_t<is_exact, NoWatch, NanWatch>;
  static constexpr bool wide = !portable_lanes && (!Exact || max_is_exact);
  static constexpr int unroll = Exact && !max_is_exact ? 1 : 4;
  static constexpr bool any_order = true;
  static constexpr bool hot = IsMax && !portable_lanes && (!Exact || max_is_exact);
  static constexpr float identity = IsMax ? -INFINITY : INFINITY;

  template <class Len>
  static POOLNORM_INLINE F32 load(const float* p, Len len) {
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  template <class Len>
  static POOLNORM_INLINE F32 load_acc(const float* p, Len len) {
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  static POOLNORM_INLINE F32 apply(F32 acc, F32 x) {
    if constexpr (IsMax) return is_exact ? max_with_nan(acc, x) : pick_max(acc, x);
    return is_exact ? min_with_nan(acc, x) : pick_min(acc, x);
  }
  template <class At>
  static POOLNORM_INLINE F32 across(At at, std::int64_t taps, std::int64_t) {
    F32 acc = at(0);
    for (std::int64_t j = 1; j < taps; ++j) acc = apply(acc, at(j));
    return acc;
  }
  static POOLNORM_INLINE F32 along(const float* p, std::int64_t n, std::int64_t) {
    F32 acc(identity);
    std::int64_t i = 0;
    for (; i + lanes32 <= n; i += lanes32) acc = apply(acc, POOLNORM_KERNEL_ISA::load(p + i));
    alignas(64) float lane[2 * lanes32];
    acc.store_unaligned(lane);
    F32(identity).store_unaligned(lane + lanes32);
    for (std::int64_t half = lanes32 / 2; half > 0; half /= 2) {
      acc = apply(acc, POOLNORM_KERNEL_ISA::load(lane + half));
      acc.store_unaligned(lane);
    }
    for (; i < n; ++i) acc = apply(acc, F32(p[i]));
    return acc;
  }
  static POOLNORM_INLINE F32 result(F32 acc, NoScale) { return acc + F32(0.0f); }
  template <class Len>
  static POOLNORM_INLINE void finish(float* dst, F32 acc, NoScale s, Len len) {
    POOLNORM_KERNEL_ISA::store(dst, result(acc, s), len);
  }
};

// Windows of up to 64 elements: in the format's own arithmetic, left to right. -0 is the identity of a sum,
// not +0.
template <class Factor, class Format = InF32>
struct ShortSum {
  // The same bits with any factor: for what is rare.
  using General = ShortSum<std::conditional_t<std::is_same_v<Factor, PowerOfTwo>, Divisor32, Factor>, Format>;
  // Where Looked<Factor> has a look at the sums.
  using Quick = ShortSum<std::conditional_t<std::is_same_v<Factor, Divisor32>, Quotient32, Factor>, Format>;
  using Input = typename Format::Element;
  using Output = Input;
  using Acc = typename Format::Vector;
  using Element = typename Acc::value_type;
  using Scale = Factor;
  using Watch = NoWatch;
  static constexpr bool runs = false;
  static constexpr bool streams = sizeof(Output) == sizeof(Element);
  static constexpr bool wide = Format::wide;
  static constexpr int unroll = Format::hot ? 4 : 1;
  static constexpr bool any_order = false;
  static constexpr bool hot = !portable_lanes && Format::hot;
  static constexpr Element identity = static_cast<Element>(-0.0f);

  template <class Len>
  static POOLNORM_INLINE Acc load(const Input* p, Len len) {
    return Format::load(p, len);
  }
  template <class Len>
  static POOLNORM_INLINE Acc load_acc(const Element* p, Len len) {
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  static POOLNORM_INLINE Acc apply(Acc acc, Acc x) { return acc + x; }
  template <class At>
  static POOLNORM_INLINE Acc across(At at, std::int64_t taps, std::int64_t) {
    Acc acc = at(0);
    for (std::int64_t j = 1; j < taps; ++j) acc = acc + at(j);
    return acc;
  }
  static POOLNORM_INLINE Acc along(const Element* p, std::int64_t n, std::int64_t) {
    if (n == 0) return Acc(identity);
    return across([p](std::int64_t j) { return Acc(p[j]); }, n, 0);
  }
  static POOLNORM_INLINE Acc result(Acc acc, Factor s) { return s(acc) + Acc(Element(0)); }
  template <class Len>
  static POOLNORM_INLINE void finish(Output* dst, Acc acc, Factor s, Len len) {
    Format::store(dst, result(acc, s), len);
  }
};

// Larger windows: f64; column j of a window goes to virtual lane j mod 8. Terms: the columns are runs of f32,
// kernels/long_columns.hpp.
template <class Format = InF32>
struct LongSum {
  using Terms = Format;
  static constexpr bool runs = Format::runs;
  using Input = typename Format::Element;
  using Output = Input;
  using Element = double;
  using Acc = F64;
  using Scale = typename Format::LongFactor;
  using Watch = NoWatch;
  static constexpr bool streams = false;
  static constexpr bool wide = Format::wide;
  static constexpr int unroll = 1;
  static constexpr bool hot = false;
  static constexpr double identity = -0.0;

  template <class Len>
  static POOLNORM_INLINE F64 load(const Input* p, Len len) {
    return Format::load_f64(p, len);
  }
  template <class Len>
  static POOLNORM_INLINE F64 load_acc(const double* p, Len len) {
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  static POOLNORM_INLINE F64 apply(F64 acc, F64 x) { return acc + x; }
  template <class At>
  static POOLNORM_INLINE F64 across(At at, std::int64_t taps, std::int64_t skipped) {
    const F64 none(-0.0);
    F64 lane[8] = {none, none, none, none, none, none, none, none};
    std::int64_t j = 0;
    if (skipped % 8 != 0) {
      for (std::int64_t v = skipped % 8; v < 8 && j < taps; ++v, ++j) lane[v] = lane[v] + at(j);
    }
    for (; j + 8 <= taps; j += 8) {
      for (int v = 0; v < 8; ++v) lane[v] = lane[v] + at(j + v);
    }
    for (int v = 0; v < 7; ++v) {
      if (j + v < taps) lane[v] = lane[v] + at(j + v);
    }
    return join(lane);
  }
  static POOLNORM_INLINE F64 along(const double* p, std::int64_t n, std::int64_t skipped) {
    constexpr int vectors = 8 / lanes64;
    double lane[8];
    for (double& v : lane) v = -0.0;
    std::int64_t j = 0;
    if (skipped % 8 != 0) {
      for (std::int64_t v = skipped % 8; v < 8 && j < n; ++v, ++j) lane[v] += p[j];
    }
    F64 acc[vectors];
    for (int v = 0; v < vectors; ++v) acc[v] = POOLNORM_KERNEL_ISA::load(lane + v * lanes64);
    for (; j + 8 <= n; j += 8) {
      for (int v = 0; v < vectors; ++v) acc[v] = acc[v] + POOLNORM_KERNEL_ISA::load(p + j + v * lanes64);
    }
    for (int v = 0; v < vectors; ++v) POOLNORM_KERNEL_ISA::store(lane + v * lanes64, acc[v]);
    for (int v = 0; j + v < n; ++v) lane[v] += p[j + v];
    return F64(join(lane));
  }
  template <class T>
  static POOLNORM_INLINE T join(const T (&lane)[8]) {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  }
  template <class Len>
  static POOLNORM_INLINE void finish(Output* dst, F64 acc, Scale s, Len len) {
    Format::store_f64(dst, s(acc), len);
  }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
