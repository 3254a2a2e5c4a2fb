// How large the caches are that a core shares with others.
#pragma once

#include <cstdint>

namespace poolnorm {

// Bytes of the last-level cache of this core; never 0.
std::int64_t last_level_cache() noexcept;

}  // namespace poolnorm
