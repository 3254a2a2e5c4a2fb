// One block of a pooling's output: its rows through the row stages, from src to dst.
#pragma once

#include "drive/view.hpp"
#include "plan/pool_plan.hpp"

namespace poolnorm {

struct PoolBlock {
  std::int64_t image, channel, channels;
  std::int64_t row, rows;  // of D and H together
  std::int64_t window, windows;
};

// One worker's memory, and where its rows hold padding: it outlives a block.
struct PoolScratch {
  // `memory`: worker_bytes() of initialised bytes.
  PoolScratch(const PoolSchedule& schedule, char* memory) noexcept;

  char* rows;
  char* tile;
  char* out_tile;
  char* spare;
  const void** taps;
  std::int64_t left = 0, right = 0, right_at = 0, group = 0;
};

// A chain's map, of the block's channels: of inputs as they are loaded, or of results, where inputs change
// signs if it falls. The plan's stages must have the kernels for it.
struct PoolMap {
  MapArgs args;
  bool follows;  // the pool
};

// `block` within the plan's task sizes. src holds every input row that the block's windows see.
void walk_pool(const PoolPlanData& plan, const ReductionKernels& reduction, const View<const void>& src,
               const View<void>& dst, const PoolBlock& block, PoolScratch& scratch,
               const PoolMap* map = nullptr) noexcept;

}  // namespace poolnorm
