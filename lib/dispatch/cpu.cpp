#include "dispatch/cpu.hpp"

#if defined(__x86_64__) && defined(__clang__)
#include <cpuid.h>

#include <atomic>
#endif

// The compiler's own CPUID reader: it asks XGETBV which registers the operating system saves, knows
// AVX512VL, which xsimd's detector (13.2) has no word for, and remembers: in a virtual machine a CPUID costs
// more than the rest of a plan. Clang 14's has no word for F16C, whose registers are AVX2's: asked and remembered here.
namespace poolnorm {
#if defined(__x86_64__)
namespace {

// Of a CPU with AVX2.
bool has_f16c() noexcept {
#if defined(__clang__)
  enum Answer : unsigned char { unasked, no, yes };
  static std::atomic<Answer> remembered{unasked};
  Answer answer = remembered.load(std::memory_order_relaxed);
  if (answer == unasked) {
    unsigned eax, ebx, ecx, edx;
    __cpuid(1, eax, ebx, ecx, edx);
    answer = (ecx & bit_F16C) != 0 ? yes : no;
    remembered.store(answer, std::memory_order_relaxed);
  }
  return answer == yes;
#else
  return __builtin_cpu_supports("f16c");
#endif
}

}  // namespace
#endif

bool cpu_has(Isa isa) noexcept {
  if (isa == Isa::portable) return true;
#if defined(__x86_64__)
  if (isa == Isa::sse2) return true;
  const bool avx2 = __builtin_cpu_supports("avx2") && has_f16c();
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
