// s8 and u8 in norms: elements counted from their zero points, results in steps of dst. A flip of the upper bit makes
// every element one of u8, so that all pairs of types are one code.
#pragma once

#include "kernels/affine.hpp"
#include "simd/half.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// A float whose last bit is 1: what is added to it is rounded to an integer, to nearest even.
constexpr float rounder = 0x1.8p23f;
constexpr std::int32_t rounder_bits = 0x4b400000;

// The elements of one tensor.
class Steps {
 public:
  explicit Steps(const ByteTensor& t) : base_(rounder_bits ^ t.flip), zero_(rounder + static_cast<float>(t.zero)) {}
  template <class Len>
  POOLNORM_INLINE_VECTORS F32 operator()(const std::uint8_t* p, Len len) const {
    return bits_as<float>(widen_unsigned(load8(p, len)) ^ base_) - zero_;
  }

 private:
  I32 base_;
  F32 zero_;
};

template <bool Away>
class InBytes {
 public:
  using Element = std::uint8_t;
  using Vector = F32;
  static constexpr bool hot = true, streams = false;

  explicit InBytes(const AffineArgs& a)
      : src_(a.quantized->src),
        residual_(a.quantized->residual),
        residual_scale_(a.quantized->residual_scale),
        lo_(a.quantized->lo),
        hi_(a.quantized->hi),
        zero_(a.quantized->dst.zero - (Away ? 0 : rounder_bits)),
        flip_(static_cast<std::uint8_t>(a.quantized->dst.flip)) {}

  template <class Len>
  POOLNORM_INLINE F32 load(const std::uint8_t* p, Len len) const {
    return src_(p, len);
  }
  template <class Len>
  POOLNORM_INLINE F32 residual(const std::uint8_t* p, Len len) const {
    return residual_(p, len) * residual_scale_;
  }
  // One residual for all lanes.
  POOLNORM_INLINE F32 all(std::uint8_t x) const {
    std::uint8_t lane[lanes32];
    for (std::uint8_t& each : lane) each = x;
    return residual(lane, Full{});
  }
  template <class Len>
  POOLNORM_INLINE_VECTORS void store(std::uint8_t* p, F32 y, Len len) const {
    store8(p, narrow8(element(y) ^ I32(flip_)), len);
  }
  POOLNORM_INLINE void store(std::uint8_t* p, F32 a, F32 b, F32 c, F32 d) const {
    POOLNORM_KERNEL_ISA::store(p, narrow8(element(a), element(b), element(c), element(d)) ^ U8(flip_));
  }

 private:
  // Of u8.
  POOLNORM_INLINE I32 element(F32 y) const {
    const F32 x = pick_min(hi_, pick_max(lo_, y));
    if constexpr (Away) {
      // The largest number below 1/2: with 1/2 itself, the number below 1/2 would become 1.
      const I32 half = (bits_as<std::int32_t>(x) & I32(INT32_MIN)) | I32(0x3effffff);
      return xsimd::to_int(x + bits_as<float>(half)) + zero_;
    }
    return bits_as<std::int32_t>(x + F32(rounder)) + zero_;
  }

  Steps src_, residual_;
  F32 residual_scale_, lo_, hi_;
  I32 zero_;
  std::uint8_t flip_;
};

// The parameters of a run, which have no mean.
struct ScaledChannel {
  F32 scale, shift;

  ScaledChannel(const AffineArgs& a, std::int64_t c)
      : scale(*numbers<F32>(a.scale, c)), shift(*numbers<F32>(a.shift, c)) {}
  template <class Len>
  POOLNORM_INLINE F32 operator()(F32 x, std::int64_t, Len) const {
    return x * scale + shift;
  }
};
struct ScaledPerElement {
  const float *scale, *shift;

  ScaledPerElement(const AffineArgs& a, std::int64_t c)
      : scale(numbers<F32>(a.scale, c)), shift(numbers<F32>(a.shift, c)) {}
  template <class Len>
  POOLNORM_INLINE F32 operator()(F32 x, std::int64_t i, Len len) const {
    return x * POOLNORM_KERNEL_ISA::load(scale + i, len) + POOLNORM_KERNEL_ISA::load(shift + i, len);
  }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
