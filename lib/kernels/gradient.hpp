// The table of norms' gradients, of one element type.
#pragma once

#include "kernels/centred.hpp"
#include "kernels/moments.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class Len>
POOLNORM_INLINE void merge_sums_at(const MergeArgs& a, std::int64_t c, Len len) {
  store(a.mean + c, load(a.mean + c, len) + load(a.mean_b + c, len), len);
  store(a.m2 + c, load(a.m2 + c, len) + load(a.m2_b + c, len), len);
}

inline void merge_sums(const MergeArgs& a) {
  std::int64_t c = 0;
  for (; c + lanes64 <= a.width; c += lanes64) merge_sums_at(a, c, Full{});
  if (c < a.width) merge_sums_at(a, c, Part{a.width - c});
}

// (g * scale - shift) - ((x - mean) - mean_low) * slope
template <class V>
struct TrainingChannel {
  V mean, mean_low, scale, shift, slope;

  TrainingChannel(const AffineArgs& a, std::int64_t c)
      : mean(*numbers<V>(a.mean, c)),
        mean_low(*numbers<V>(a.mean_low, c)),
        scale(*numbers<V>(a.scale, c)),
        shift(*numbers<V>(a.shift, c)),
        slope(*numbers<V>(a.slopes, c)) {}
  template <class Len>
  POOLNORM_INLINE V operator()(V x, V g, std::int64_t, Len) const {
    return (g * scale - shift) - ((x - mean) - mean_low) * slope;
  }
};
template <class V>
struct TrainingPerElement {
  const typename V::value_type *mean, *mean_low, *scale, *shift, *slope;

  TrainingPerElement(const AffineArgs& a, std::int64_t c)
      : mean(numbers<V>(a.mean, c)),
        mean_low(numbers<V>(a.mean_low, c)),
        scale(numbers<V>(a.scale, c)),
        shift(numbers<V>(a.shift, c)),
        slope(numbers<V>(a.slopes, c)) {}
  template <class Len>
  POOLNORM_INLINE V operator()(V x, V g, std::int64_t i, Len len) const {
    const V d = (x - load(mean + i, len)) - load(mean_low + i, len);
    return (g * load(scale + i, len) - load(shift + i, len)) - d * load(slope + i, len);
  }
};

// g * scale
template <class V>
struct InferenceChannel {
  V scale;

  InferenceChannel(const AffineArgs& a, std::int64_t c) : scale(*numbers<V>(a.scale, c)) {}
  template <class Len>
  POOLNORM_INLINE V operator()(V, V g, std::int64_t, Len) const {
    return g * scale;
  }
};
template <class V>
struct InferencePerElement {
  const typename V::value_type* scale;

  InferencePerElement(const AffineArgs& a, std::int64_t c) : scale(numbers<V>(a.scale, c)) {}
  template <class Len>
  POOLNORM_INLINE V operator()(V, V g, std::int64_t i, Len len) const {
    return g * load(scale + i, len);
  }
};

template <class Format, class Channels>
void input_with(const AffineArgs& a) {
  affine_loops<Format, Channels, Residual::second_input, AffineAct::none>(a);
}

template <class Format>
void gradient_input(const AffineArgs& a) {
  using V = typename Format::Vector;
  if (a.slopes != nullptr) {
    a.channel_per_element ? input_with<Format, TrainingPerElement<V>>(a) : input_with<Format, TrainingChannel<V>>(a);
  } else {
    a.channel_per_element ? input_with<Format, InferencePerElement<V>>(a) : input_with<Format, InferenceChannel<V>>(a);
  }
  if (a.stream) stream_fence();
}

template <class Format, bool Gamma, bool Also>
struct RowInput {
  using V = typename Format::Vector;
  using T = typename V::value_type;
  V mean, mean_low, scale, shift, slope;
  F64 invstd;
  const T* gamma;
  const typename Format::Element* also;

  RowInput(const AffineArgs& a, std::int64_t c)
      : mean(*numbers<V>(a.mean, c)),
        mean_low(*numbers<V>(a.mean_low, c)),
        scale(static_cast<T>(a.invstd[c])),
        shift(*numbers<V>(a.shift, c)),
        slope(*numbers<V>(a.slopes, c)),
        invstd(a.invstd[c]),
        gamma(numbers<V>(a.scale, 0)),
        also(static_cast<const typename Format::Element*>(a.also)) {}
  template <class Len>
  POOLNORM_INLINE V operator()(V x, V g, std::int64_t i, Len len) const {
    V factor = scale;
    if constexpr (Gamma) factor = row_scale(gamma + i, invstd, len);
    V y = (g * factor - shift) - ((x - mean) - mean_low) * slope;
    if constexpr (Also) y = y + Format::load(also + i, len);
    return y;
  }
};

template <class Format>
void gradient_row(const AffineArgs& a) {
  if (a.scale != nullptr) {
    a.also != nullptr ? input_with<Format, RowInput<Format, true, true>>(a)
                      : input_with<Format, RowInput<Format, true, false>>(a);
  } else {
    a.also != nullptr ? input_with<Format, RowInput<Format, false, true>>(a)
                      : input_with<Format, RowInput<Format, false, false>>(a);
  }
  if (a.stream) stream_fence();
}

// All lanes of a vector of columns, `Lanes` of them and `Vectors` vectors at once.
template <class Format, int Lanes, int Vectors, class Len>
POOLNORM_INLINE void columns_at(const ColumnSumsArgs& a, std::int64_t c, Len len) {
  using Element = typename Format::Element;
  F64 first[Vectors][lanes_of_block], second[Vectors][lanes_of_block];
  for (int lane = 0; lane < lanes_of_block; lane += Lanes) {
    F64 s[Lanes][Vectors], q[Lanes][Vectors];
    for (int l = 0; l < Lanes; ++l) {
      for (int v = 0; v < Vectors; ++v) s[l][v] = q[l][v] = F64(0.0);
    }
    const auto add = [&](std::int64_t row, int l) POOLNORM_INLINE_LAMBDA {
      const F64 centre(a.centre[row]), scale(a.scale[row]);
      const Element* const x = static_cast<const Element*>(a.src[row]) + a.begin + c;
      const Element* const g = static_cast<const Element*>(a.gradient[row]) + a.begin + c;
      for (int v = 0; v < Vectors; ++v) {
        const F64 gs = Format::load_f64(g + v * lanes64, len);
        s[l][v] = s[l][v] + gs;
        q[l][v] = q[l][v] + (gs * (Format::load_f64(x + v * lanes64, len) - centre)) * scale;
      }
    };
    std::int64_t row = lane;
    for (; row + Lanes <= a.count; row += virtual_lanes) {
      for (int l = 0; l < Lanes; ++l) add(row + l, l);
    }
    for (int l = 0; l < Lanes; ++l) {
      if (row + l < a.count) add(row + l, l);
      for (int v = 0; v < Vectors; ++v) {
        first[v][lane + l] = s[l][v];
        second[v][lane + l] = q[l][v];
      }
    }
  }
  for (int v = 0; v < Vectors; ++v) {
    store(a.first + c + v * lanes64, joined(first[v]), len);
    store(a.second + c + v * lanes64, joined(second[v]), len);
  }
}

template <class Format>
void column_sums(const ColumnSumsArgs& a) {
  constexpr std::int64_t wide = vectors_at_once * lanes64;
  std::int64_t c = 0;
  for (; c + wide <= a.width; c += wide) columns_at<Format, lanes_at_once, vectors_at_once>(a, c, Full{});
  for (; c + lanes64 <= a.width; c += lanes64) columns_at<Format, lanes_at_once, 1>(a, c, Full{});
  if (c < a.width) columns_at<Format, lanes_at_once, 1>(a, c, Part{a.width - c});
}

// `n` <= 16 bits of a mask from `bit` on; reads no byte that holds none of them.
POOLNORM_INLINE std::uint32_t bits_at(const std::uint8_t* mask, std::int64_t bit, std::int64_t n) {
  const std::uint8_t* const at = mask + bit / 8;
  const int skipped = static_cast<int>(bit % 8);
  std::uint32_t bits = at[0];
  if (skipped + n > 8) bits |= static_cast<std::uint32_t>(at[1]) << 8;
  if (skipped + n > 16) bits |= static_cast<std::uint32_t>(at[2]) << 16;
  return (bits >> skipped) & ((1u << n) - 1u);
}

// xsimd's own from_mask() asserts, which no kernel may, but for 16 lanes.
template <class V>
POOLNORM_INLINE typename V::batch_bool_type lanes_of_mask(std::uint32_t bits) {
  if constexpr (V::size == 16) {
    return V::batch_bool_type::from_mask(bits);
  } else {
    typename V::value_type lane[V::size];
    for (std::size_t i = 0; i < V::size; ++i) lane[i] = static_cast<typename V::value_type>(bits >> i & 1u);
    return V::load_unaligned(lane) != V(typename V::value_type(0));
  }
}

template <class Format>
void masked_run(const typename Format::Element* src, typename Format::Element* dst, const std::uint8_t* mask,
                std::int64_t bit, std::int64_t width) {
  using V = typename Format::Vector;
  constexpr std::int64_t lanes = V::size;
  const auto at = [&](std::int64_t i, std::int64_t n, auto len) POOLNORM_INLINE_LAMBDA {
    const auto passes = lanes_of_mask<V>(bits_at(mask, bit + i, n));
    Format::store(dst + i, xsimd::select(passes, Format::load(src + i, len), V(typename V::value_type(0))), len);
  };
  std::int64_t i = 0;
  for (; i + lanes <= width; i += lanes) at(i, lanes, Full{});
  if (i < width) at(i, width - i, Part{width - i});
}

// dst = src where the mask's bit is set, else 0.
template <class Format>
void masked(const AffineArgs& a) {
  using Element = typename Format::Element;
  const auto &l0 = a.loops[0], &l1 = a.loops[1], &l2 = a.loops[2];
  for (std::int64_t i = 0; i < l0.count; ++i) {
    for (std::int64_t j = 0; j < l1.count; ++j) {
      for (std::int64_t k = 0; k < l2.count; ++k) {
        masked_run<Format>(static_cast<const Element*>(a.src) + (i * l0.src + j * l1.src + k * l2.src),
                           static_cast<Element*>(a.dst) + (i * l0.dst + j * l1.dst + k * l2.dst), a.mask,
                           a.mask_bit + i * l0.mask + j * l1.mask + k * l2.mask, a.width);
      }
    }
  }
}

template <class Format>
constexpr GradientKernels gradients_of() {
  return {{all_blocks<GradientTerms, Format>, add_pixels<GradientTerms, Format>, join_lanes<GradientTerms, Format>,
           merge_sums, nullptr},
          gradient_input<Format>,
          masked<Format>,
          all_blocks<WeightedTerms, Format>,
          column_sums<Format>,
          gradient_row<Format>};
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
