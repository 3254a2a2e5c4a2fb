// When outputs are stored past the cache.
#pragma once

#include <poolnorm/options.hpp>
#include <poolnorm/status.hpp>

#include <cstdint>

namespace poolnorm {

Status check_store_policy(StorePolicy policy) noexcept;

// Whether an output of this many bytes streams under `policy`.
bool streams(StorePolicy policy, std::int64_t output_bytes) noexcept;

}  // namespace poolnorm
