#include "drive/pool_walk.hpp"

#include "drive/pool_block.hpp"

namespace poolnorm {

PoolScratch::PoolScratch(const PoolSchedule& s, char* memory) noexcept
    : rows(memory),
      tile(rows + s.rows_bytes),
      out_tile(tile + s.tile_bytes),
      spare(out_tile + s.out_tile_bytes),
      taps(reinterpret_cast<const void**>(spare + s.spare_bytes)) {}

void walk_pool(const PoolPlanData& plan, const ReductionKernels& reduction, const View<const void>& src,
               const View<void>& dst, const PoolBlock& block, PoolScratch& scratch, const PoolMap* map) noexcept {
  const BlockWalk walk{plan, reduction, src, dst, block, scratch, map};
  const PoolStages stages = plan.schedule.stages;
  if (by_windows(stages)) return walk_windows(walk);
  if (stages == PoolStages::narrow || stages == PoolStages::global) return walk_planes(walk);
  walk_rows(walk);
}

}  // namespace poolnorm
