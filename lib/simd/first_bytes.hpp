// The first bytes of memory, fewer than 16, in a register, zeros behind them, where the ISA has no masks for small elements: what ends a row.
// They are not copied to memory first: a vector that is loaded there waits for each of its pieces. For little-endian machines.
#pragma once

namespace poolnorm::POOLNORM_KERNEL_ISA {

#if defined(POOLNORM_ISA_NEON)
using Bytes16 = uint8x16_t;
POOLNORM_INLINE Bytes16 bytes_of(std::uint64_t low, std::uint64_t high) {
  return vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)));
}
#else
using Bytes16 = __m128i;
POOLNORM_INLINE Bytes16 bytes_of(std::uint64_t low, std::uint64_t high) {
  return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}
#endif

template <class T>
POOLNORM_INLINE std::uint64_t bits_at(const char* p) {
  T bits;
  __builtin_memcpy(&bits, p, sizeof bits);
  return bits;
}
// sizeof(T) <= n < 2 sizeof(T) bytes: their beginning and their end, one over the other.
template <class T>
POOLNORM_INLINE std::uint64_t overlapping(const char* p, std::int64_t n) {
  constexpr std::int64_t size = sizeof(T);
  return bits_at<T>(p) | bits_at<T>(p + n - size) << (8 * (n - size));
}

// One function for all that call it: there are many. It returns a vector, as two words would go through memory again.
POOLNORM_NOINLINE Bytes16 first_bytes(const void* from, std::int64_t n) {
  const char* const p = static_cast<const char*>(from);
  if (n > 8) return bytes_of(bits_at<std::uint64_t>(p), bits_at<std::uint64_t>(p + n - 8) >> (8 * (16 - n)));
  if (n == 8) return bytes_of(bits_at<std::uint64_t>(p), 0);
  if (n >= 4) return bytes_of(overlapping<std::uint32_t>(p, n), 0);
  if (n >= 2) return bytes_of(overlapping<std::uint16_t>(p, n), 0);
  return bytes_of(n == 0 ? 0 : bits_at<std::uint8_t>(p), 0);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
