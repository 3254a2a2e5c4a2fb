// The table of norms behind statistics, of one element type.
#pragma once

#include "kernels/centred.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class Format, class Channels, Residual Res>
void centred_with(const AffineArgs& a) {
  a.mask != nullptr ? affine_loops<Format, Channels, Res, AffineAct::relu, ReluMask>(a)
                    : affine_with<Format, Channels, Res>(a);
}

template <class Format, class Channels>
void centred_with_residual(const AffineArgs& a) {
  if (a.residual == nullptr) return centred_with<Format, Channels, Residual::none>(a);
  return centred_with<Format, Channels, Residual::per_element>(a);
}

template <class Format>
void centred(const AffineArgs& a) {
  using V = typename Format::Vector;
  a.channel_per_element ? centred_with_residual<Format, CentredPerElement<V>>(a)
                        : centred_with_residual<Format, CentredChannel<V>>(a);
  if (a.stream) stream_fence();
}

// Rows side by side: gamma is widened once for all of them.
template <class Format, bool Gamma, bool Beta, int Rows>
void row_tile(const AffineArgs& a, std::int64_t first) {
  using V = typename Format::Vector;
  using T = typename V::value_type;
  using Element = typename Format::Element;
  constexpr std::int64_t lanes = V::size, line = 64, bytes = sizeof(Element);
  const AffineLoop& rows = a.loops[2];
  const Element* const src = static_cast<const Element*>(a.src) + first * rows.src;
  Element* const dst = static_cast<Element*>(a.dst) + first * rows.dst;
  const T *const mean = numbers<V>(a.mean, first), *const mean_low = numbers<V>(a.mean_low, first);
  const T *const gamma = numbers<V>(a.scale, 0), *const beta = numbers<V>(a.shift, 0);
  const auto at = [&](std::int64_t i, auto len, [[maybe_unused]] bool streaming) POOLNORM_INLINE_LAMBDA {
    decltype(widened(V(T(1)))) factor{};
    V add(T(0));
    if constexpr (Gamma) factor = widened(load(gamma + i, len));
    if constexpr (Beta) add = load(beta + i, len);
    for (int r = 0; r < Rows; ++r) {
      const double invstd = a.invstd[first + r];
      V scale(static_cast<T>(invstd));
      if constexpr (Gamma) scale = row_scale(factor, F64(invstd));
      V y = ((Format::load(src + r * rows.src + i, len) - V(mean[r])) - V(mean_low[r])) * scale;
      if constexpr (Beta) y = y + add;
      if constexpr (Format::streams && std::is_same_v<decltype(len), Full>) {
        if (streaming) {
          stream(dst + r * rows.dst + i, y);
          continue;
        }
      }
      Format::store(dst + r * rows.dst + i, y, len);
    }
  };
  std::int64_t i = 0;
  const std::int64_t past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(dst) % line);
  const bool streaming =
      Format::streams && a.stream && past % bytes == 0 && (Rows == 1 || rows.dst * bytes % line == 0);
  // Up to the first line that whole vectors can be streamed to.
  for (std::int64_t head = past == 0 ? 0 : (line - past) / bytes; streaming && i < head && i < a.width;) {
    const std::int64_t left = (head < a.width ? head : a.width) - i, n = left < lanes ? left : lanes;
    n == lanes ? at(i, Full{}, false) : at(i, Part{n}, false);
    i += n;
  }
  for (; i + lanes <= a.width; i += lanes) at(i, Full{}, streaming);
  if (i < a.width) at(i, Part{a.width - i}, false);
}

template <class Format, bool Gamma, bool Beta>
void row_with(const AffineArgs& a) {
  constexpr int together = Format::hot && !portable_lanes ? 2 : 1;  // more, some KiB apart, meet in few sets of the cache
  std::int64_t r = 0;
  if constexpr (together > 1) {
    for (; r + together <= a.loops[2].count; r += together) row_tile<Format, Gamma, Beta, together>(a, r);
  }
  for (; r < a.loops[2].count; ++r) row_tile<Format, Gamma, Beta, 1>(a, r);
}

template <class Format>
void row(const AffineArgs& a) {
  if (a.scale != nullptr) {
    a.shift != nullptr ? row_with<Format, true, true>(a) : row_with<Format, true, false>(a);
  } else {
    a.shift != nullptr ? row_with<Format, false, true>(a) : row_with<Format, false, false>(a);
  }
  if (a.stream) stream_fence();
}

template <class Format>
void add(const AddArgs& a) {
  using Element = typename Format::Element;
  constexpr std::int64_t lanes = Format::Vector::size;
  const Element *x = static_cast<const Element*>(a.a), *y = static_cast<const Element*>(a.b);
  Element* const dst = static_cast<Element*>(a.dst);
  const auto at = [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
    Format::store(dst + i, Format::load(x + i, len) + Format::load(y + i, len), len);
  };
  std::int64_t i = 0;
  for (; i + lanes <= a.width; i += lanes) at(i, Full{});
  if (i < a.width) at(i, Part{a.width - i});
}

template <class Format>
constexpr TrainingKernels training_of() {
  return {centred<Format>, row<Format>, add<Format>};
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
