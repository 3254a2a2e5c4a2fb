// The floating-point control bits of the calling thread, and values that differ from the default.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace poolnorm::tests {

#if defined(__x86_64__)
inline constexpr bool has_fp_control = true;
inline constexpr std::uint64_t flush_to_zero = 0x8040, round_up = 0x4000;  // FTZ and DAZ; RC
inline std::uint64_t fp_control() { return _mm_getcsr() & 0xffc0u; }       // without the sticky flags
inline void set_fp_control(std::uint64_t control) { _mm_setcsr(static_cast<unsigned>(control)); }
#elif defined(__aarch64__)
inline constexpr bool has_fp_control = true;
inline constexpr std::uint64_t flush_to_zero = 1 << 24, round_up = 1 << 22;
inline std::uint64_t fp_control() {
  std::uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  return control;
}
inline void set_fp_control(std::uint64_t control) { __asm__ volatile("msr fpcr, %0" : : "r"(control)); }
#else
inline constexpr bool has_fp_control = false;
inline constexpr std::uint64_t flush_to_zero = 0, round_up = 0;
inline std::uint64_t fp_control() { return 0; }
inline void set_fp_control(std::uint64_t) {}
#endif

class ScopedFpControl {
 public:
  explicit ScopedFpControl(std::uint64_t extra) : found_(fp_control()) { set_fp_control(found_ | extra); }
  ~ScopedFpControl() { set_fp_control(found_); }
  ScopedFpControl(const ScopedFpControl&) = delete;
  ScopedFpControl& operator=(const ScopedFpControl&) = delete;

 private:
  std::uint64_t found_;
};

}  // namespace poolnorm::tests
