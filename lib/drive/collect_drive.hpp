// Runs max unpooling and the gradient of max pooling.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/collect_plan.hpp"

namespace poolnorm {

// Returns how many indices were none of this geometry. `workspace`: aligned, with
// WorkerMemory::bytes_for(plan.worker_bytes()) for every worker.
std::int64_t drive_way_back(const WayBackPlanData& plan, const void* src, const void* indices, void* dst, char* workspace,
                            const Executor& executor) noexcept;

// What is done with each image as soon as it is made.
struct ImageMade {
  void (*call)(const void* self, std::int64_t image);
  const void* self;
};

// The same of some channels of images [begin, end). `memory`: plan.channels_bytes().
std::int64_t way_back_channels(const WayBackPlanData& plan, const void* src, const void* indices, void* dst, std::int64_t begin,
                               std::int64_t end, std::int64_t channel, std::int64_t channels, const ImageMade& made,
                               char* memory) noexcept;

}  // namespace poolnorm
