#include "dispatch/cpu.hpp"

// The compiler's own CPUID reader: it asks XGETBV which registers the operating system saves, and knows
// AVX512VL and F16C, which xsimd's detector (13.2) has no word for.
namespace poolnorm {

bool cpu_has(Isa isa) noexcept {
  if (isa == Isa::portable) return true;
#if defined(__x86_64__)
  if (isa == Isa::sse2) return true;
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c");
  if (isa == Isa::avx2) return avx2;
  if (isa == Isa::avx512) {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl");
  }
#elif defined(__aarch64__)
  if (isa == Isa::neon) return true;  // part of the architecture
#endif
  return false;
}

}  // namespace poolnorm
