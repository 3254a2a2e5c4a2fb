#include "dispatch/caches.hpp"

#include <algorithm>

#if defined(__x86_64__)
#include <cpuid.h>

#include <atomic>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace poolnorm {
namespace {

constexpr std::int64_t usual = 32ll << 20;

#if defined(__x86_64__)
// Of CPUID's cache parameters: leaf 4, on AMD's CPUs 8000001Dh. (What sysconf tells there is all caches of the
// package together, most of which another group of cores has.)
std::int64_t largest_cache(unsigned leaf) noexcept {
  std::int64_t largest = 0;
  unsigned eax, ebx, ecx, edx;
  for (unsigned i = 0; i < 16 && __get_cpuid_count(leaf, i, &eax, &ebx, &ecx, &edx) != 0 && (eax & 31) != 0; ++i) {
    const std::int64_t line = (ebx & 0xfff) + 1, partitions = (ebx >> 12 & 0x3ff) + 1, ways = (ebx >> 22) + 1;
    largest = std::max(largest, line * partitions * ways * (std::int64_t{ecx} + 1));
  }
  return largest;
}

std::int64_t ask() noexcept {
  const std::int64_t intel = largest_cache(4);
  return intel > 0 ? intel : largest_cache(0x8000001d);
}
#elif defined(_SC_LEVEL3_CACHE_SIZE)
std::int64_t ask() noexcept { return sysconf(_SC_LEVEL3_CACHE_SIZE); }
#else
std::int64_t ask() noexcept { return 0; }
#endif

std::int64_t answer() noexcept {
  const std::int64_t bytes = ask();
  return bytes > 0 ? bytes : usual;
}

}  // namespace

#if defined(__x86_64__)
// Asked once: in a virtual machine a CPUID costs more than the rest of a plan.
std::int64_t last_level_cache() noexcept {
  static std::atomic<std::int64_t> remembered{0};
  std::int64_t bytes = remembered.load(std::memory_order_relaxed);
  if (bytes == 0) {
    bytes = answer();
    remembered.store(bytes, std::memory_order_relaxed);
  }
  return bytes;
}
#else
std::int64_t last_level_cache() noexcept { return answer(); }
#endif

}  // namespace poolnorm
