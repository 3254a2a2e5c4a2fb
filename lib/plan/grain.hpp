// Sizes that schedules of several operations share.
#pragma once

#include <cstdint>

namespace poolnorm {

// Tasks that few, large ones are cut into.
constexpr std::int64_t min_tasks = 8;
// Fewer elements side by side do not make vectors of their own.
constexpr std::int64_t min_group = 8;
// Shorter runs are not streamed: their ends would cost more than the cache saves.
constexpr std::int64_t min_streamed_run = 1024;

}  // namespace poolnorm
