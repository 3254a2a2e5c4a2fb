// What caches keep, and when outputs are stored past them.
#pragma once

#include <poolnorm/options.hpp>
#include <poolnorm/status.hpp>

#include <cstdint>

namespace poolnorm {

Status check_store_policy(StorePolicy policy) noexcept;

// Whether this is more than a cache keeps that others share: a quarter of it, as input, output and what the neighbours read
// are there, too.
bool comes_from_memory(std::int64_t bytes) noexcept;

// Whether an output of this many bytes streams under `policy`.
bool streams(StorePolicy policy, std::int64_t output_bytes) noexcept;

}  // namespace poolnorm
