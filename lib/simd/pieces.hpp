// Parts of vectors of small elements where the ISA has no masks for them. Stores go through memory, in pieces that are
// registers each.
#pragma once

#include <type_traits>

namespace poolnorm::POOLNORM_KERNEL_ISA {

// n < Room bytes. One function for all that call it: there are many, and what they copy is the end of a row.
template <std::size_t Room>
POOLNORM_NOINLINE void copy_pieces(void* to, const void* from, std::int64_t n) {
  char* d = static_cast<char*>(to);
  const char* s = static_cast<const char*>(from);
  const auto piece = [&](auto bytes) POOLNORM_INLINE_LAMBDA {
    if constexpr (bytes.value < Room) {
      if ((n & bytes.value) == 0) return;
      __builtin_memcpy(d, s, bytes.value);
      d += bytes.value;
      s += bytes.value;
    }
  };
  piece(std::integral_constant<int, 16>{});
  piece(std::integral_constant<int, 8>{});
  piece(std::integral_constant<int, 4>{});
  piece(std::integral_constant<int, 2>{});
  piece(std::integral_constant<int, 1>{});
}

#if !defined(POOLNORM_ISA_PORTABLE)
POOLNORM_INLINE H16 load16_n(const void* p, std::int64_t n) { return h16_of(first_bytes(p, 2 * n)); }
POOLNORM_INLINE Q8 load8_n(const void* p, std::int64_t n) { return q8_of(first_bytes(p, n)); }
template <class T>
POOLNORM_INLINE void store_n(T* p, xsimd::batch<T, Arch> v, std::int64_t n) {
  T lane[xsimd::batch<T, Arch>::size];
  v.store_unaligned(lane);
  copy_pieces<sizeof lane>(p, lane, n * static_cast<std::int64_t>(sizeof(T)));
}
#endif

POOLNORM_INLINE void store16_n(void* p, H16 h, std::int64_t n) {
  std::uint16_t lane[lanes32];
  store16(lane, h);
  copy_pieces<sizeof lane>(p, lane, 2 * n);
}
POOLNORM_INLINE void store8_n(void* p, Q8 q, std::int64_t n) {
  std::uint8_t lane[lanes32];
  store8(lane, q);
  copy_pieces<sizeof lane>(p, lane, n);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
