#include "plan/store_policy.hpp"

#include <algorithm>

#include "dispatch/caches.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

// Hypervisors report caches that a guest shares with many; more than this is not believed.
constexpr std::int64_t most = 64ll << 20;

}  // namespace

Status check_store_policy(StorePolicy policy) noexcept {
  if (policy == StorePolicy::automatic || policy == StorePolicy::cached || policy == StorePolicy::streaming) return {};
  return invalid("store is %d, no known policy", static_cast<int>(policy));
}

bool comes_from_memory(std::int64_t bytes) noexcept { return bytes > std::min(last_level_cache(), most) / 4; }

bool streams(StorePolicy policy, std::int64_t output_bytes) noexcept {
  if (policy != StorePolicy::automatic) return policy == StorePolicy::streaming;
  return comes_from_memory(output_bytes);
}

}  // namespace poolnorm
