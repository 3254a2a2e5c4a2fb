// f16 and bf16 to f32 and back, to nearest even; NaNs stay NaNs and become quiet, denormals are kept.
#pragma once

#include "simd/integers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// 16 bits to the upper half.
POOLNORM_INLINE I32 to_top(I32 v) { return bits_as<std::int32_t>(bits_as<std::uint32_t>(v) << 16); }

#if !defined(POOLNORM_HAS_BF16)
POOLNORM_INLINE F32 bf16_to_f32(H16 h) { return bits_as<float>(to_top(widen_unsigned(h))); }
POOLNORM_INLINE H16 f32_to_bf16(F32 v) {
  const I32 bits = bits_as<std::int32_t>(v);
  const I32 nan = (I32(0x7f800000) - (bits & I32(0x7fffffff))) >> 31;  // all its bits, or none
  const I32 up = (I32(0x7fff) + ((bits >> 16) & I32(1))) & ~nan;
  return narrow_top16((bits + up) | (nan & I32(0x400000)));
}
#endif

#if !defined(POOLNORM_HAS_F16)
// Denormals are integers times 2^-24; others move to f32's exponent.
POOLNORM_INLINE_VECTORS F32 f16_to_f32(H16 h) {
  const I32 bits = widen_unsigned(h);
  const I32 sign = to_top(bits & I32(0x8000)), magnitude = bits & I32(0x7fff);
  const I32 normal = (magnitude << 13) + I32((127 - 15) << 23);
  const I32 special = (magnitude << 13) | I32(0x7f800000);
  const I32 quiet = xsimd::select(magnitude > I32(0x7c00), special | I32(0x400000), special);
  const I32 denormal = bits_as<std::int32_t>(xsimd::to_float(magnitude) * F32(0x1p-24f));
  I32 result = xsimd::select(magnitude >= I32(0x7c00), quiet, normal);
  result = xsimd::select(magnitude < I32(0x0400), denormal, result);
  return bits_as<float>(result | sign);
}
// Below the normal numbers, 0.5 has f16's denormals as its last bits and rounds to them. Up to 65519 is
// rounded as an integer, which may carry into infinity.
POOLNORM_INLINE_VECTORS H16 f32_to_f16(F32 v) {
  const I32 bits = bits_as<std::int32_t>(v);
  const I32 sign = (bits >> 16) & I32(0x8000), magnitude = bits & I32(0x7fffffff);
  const I32 denormal = bits_as<std::int32_t>(bits_as<float>(magnitude) + F32(0.5f)) - I32(0x3f000000);
  const I32 normal = (magnitude - I32((127 - 15) << 23) + I32(0xfff) + ((magnitude >> 13) & I32(1))) >> 13;
  const I32 nan = I32(0x7e00) | ((magnitude >> 13) & I32(0x3ff));
  I32 result = xsimd::select(magnitude < I32((127 - 14) << 23), denormal, normal);
  result = xsimd::select(magnitude >= I32(0x47800000), I32(0x7c00), result);
  result = xsimd::select(magnitude > I32(0x7f800000), nan, result);
  return narrow16(result | sign);
}
#endif

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
