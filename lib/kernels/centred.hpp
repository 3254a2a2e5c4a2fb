// The parameters of norms that subtract a mean of f32 pairs, and the mask of a relu.
#pragma once

#include "kernels/affine.hpp"
#include "kernels/moments_table.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class V>
struct CentredChannel {
  V mean, mean_low, scale, shift;

  CentredChannel(const AffineArgs& a, std::int64_t c)
      : mean(*numbers<V>(a.mean, c)),
        mean_low(*numbers<V>(a.mean_low, c)),
        scale(*numbers<V>(a.scale, c)),
        shift(*numbers<V>(a.shift, c)) {}
  template <class Len>
  POOLNORM_INLINE V operator()(V x, std::int64_t, Len) const {
    return ((x - mean) - mean_low) * scale + shift;
  }
};

template <class V>
struct CentredPerElement {
  const typename V::value_type *mean, *mean_low, *scale, *shift;

  CentredPerElement(const AffineArgs& a, std::int64_t c)
      : mean(numbers<V>(a.mean, c)),
        mean_low(numbers<V>(a.mean_low, c)),
        scale(numbers<V>(a.scale, c)),
        shift(numbers<V>(a.shift, c)) {}
  template <class Len>
  POOLNORM_INLINE V operator()(V x, std::int64_t i, Len len) const {
    return ((x - load(mean + i, len)) - load(mean_low + i, len)) * load(scale + i, len) + load(shift + i, len);
  }
};

// gamma * invstd, rounded once, as it is where it is one number a channel.
template <class Len>
POOLNORM_INLINE F64 row_scale(const double* gamma, F64 invstd, Len len) {
  return load(gamma, len) * invstd;
}
template <class Len>
POOLNORM_INLINE F32 row_scale(const float* gamma, F64 invstd, Len len) {
  const Pair<F64> wide = widen(load(gamma, len));
  return narrow(wide.first * invstd, wide.second * invstd);
}

template <class V, bool Gamma, bool Beta>
struct CentredRow {
  using T = typename V::value_type;
  V mean, mean_low, scale;
  F64 invstd;
  const T *gamma, *beta;

  CentredRow(const AffineArgs& a, std::int64_t c)
      : mean(*numbers<V>(a.mean, c)),
        mean_low(*numbers<V>(a.mean_low, c)),
        scale(static_cast<T>(a.invstd[c])),
        invstd(a.invstd[c]),
        gamma(numbers<V>(a.scale, 0)),
        beta(numbers<V>(a.shift, 0)) {}
  template <class Len>
  POOLNORM_INLINE V operator()(V x, std::int64_t i, Len len) const {
    V y = (x - mean) - mean_low;
    if constexpr (Gamma) {
      y = y * row_scale(gamma + i, invstd, len);
    } else {
      y = y * scale;
    }
    if constexpr (Beta) y = y + load(beta + i, len);
    return y;
  }
};

// One bit an element, in order from any bit of a byte on: what stands in that byte below stays.
class ReluMask {
 public:
  ReluMask(const AffineArgs& a, std::int64_t step)
      : at_(a.mask + (a.mask_bit + step) / 8), filled_(static_cast<int>((a.mask_bit + step) % 8)) {
    bits_ = filled_ == 0 ? 0u : *at_ & ((1u << filled_) - 1u);
  }
  // NaN passes.
  template <class V>
  POOLNORM_INLINE void note(V y, Full) {
    append(passing(y), static_cast<int>(V::size));
  }
  template <class V>
  POOLNORM_INLINE void note(V y, Part len) {
    append(passing(y) & ((1u << len.n) - 1u), static_cast<int>(len.n));
  }
  POOLNORM_INLINE void end() {
    if (filled_ > 0) *at_ = static_cast<std::uint8_t>(bits_);
  }

 private:
  template <class V>
  POOLNORM_INLINE static std::uint32_t passing(V y) {
    const V zero(typename V::value_type(0));
    return static_cast<std::uint32_t>((!(y <= zero)).mask()) & ((1u << V::size) - 1u);
  }
  POOLNORM_INLINE void append(std::uint32_t bits, int count) {
    bits_ |= bits << filled_;
    for (filled_ += count; filled_ >= 8; filled_ -= 8, bits_ >>= 8) *at_++ = static_cast<std::uint8_t>(bits_);
  }

  std::uint8_t* at_;
  std::uint32_t bits_;
  int filled_;
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
