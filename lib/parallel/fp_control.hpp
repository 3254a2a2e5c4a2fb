// The floating-point control word (rounding mode, flush to zero) of the calling thread.
#pragma once

#include <cstdint>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace poolnorm {

#if defined(__SSE__)
inline std::uint64_t fp_control() noexcept { return _mm_getcsr() & ~0x3fu; }  // without the sticky flags
inline void set_fp_control(std::uint64_t word) noexcept {
  _mm_setcsr(static_cast<unsigned>(word) | (_mm_getcsr() & 0x3fu));
}
#elif defined(__aarch64__)
inline std::uint64_t fp_control() noexcept {
  std::uint64_t word;
  __asm__ volatile("mrs %0, fpcr" : "=r"(word));
  return word;
}
inline void set_fp_control(std::uint64_t word) noexcept { __asm__ volatile("msr fpcr, %0" : : "r"(word)); }
#else
inline std::uint64_t fp_control() noexcept { return 0; }
inline void set_fp_control(std::uint64_t) noexcept {}
#endif

}  // namespace poolnorm
