#include "plan/store_policy.hpp"

#include <algorithm>

#include "plan/refuse.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace poolnorm {
namespace {

// Hypervisors report last-level caches that a guest shares with many; more than this is not believed.
constexpr std::int64_t most = 64ll << 20;

std::int64_t last_level_cache() noexcept {
#if defined(_SC_LEVEL3_CACHE_SIZE)
  const std::int64_t bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
  if (bytes > 0) return bytes;
#endif
  return most;
}

}  // namespace

Status check_store_policy(StorePolicy policy) noexcept {
  if (policy == StorePolicy::automatic || policy == StorePolicy::cached || policy == StorePolicy::streaming) return {};
  return invalid("store is %d, no known policy", static_cast<int>(policy));
}

bool streams(StorePolicy policy, std::int64_t output_bytes) noexcept {
  if (policy != StorePolicy::automatic) return policy == StorePolicy::streaming;
  return output_bytes > std::min(last_level_cache() / 2, most / 2);
}

}  // namespace poolnorm
