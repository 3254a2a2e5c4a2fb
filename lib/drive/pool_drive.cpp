#include "drive/pool_drive.hpp"

#include <algorithm>

#include "drive/pool_power_drive.hpp"
#include "drive/pool_walk.hpp"
#include "drive/worker_memory.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const PoolPlanData& plan;
  const void* src;
  void* dst;
  const WorkerMemory& memory;
};

PoolBlock block_of(const PoolGeometry& g, const PoolSchedule& s, std::int64_t task) noexcept {
  const std::int64_t slab_tasks = ceil_div(s.slabs, s.task_slabs);
  const std::int64_t w = task % s.window_tasks;
  task /= s.window_tasks;
  const std::int64_t r = task % s.row_tasks;
  task /= s.row_tasks;
  PoolBlock b;
  const std::int64_t slab = task % slab_tasks * s.task_slabs, slabs = std::min(s.task_slabs, s.slabs - slab);
  b.channel = slab * s.strip;
  b.channels = g.walk == Walk::channels_first ? slabs : std::min(s.strip, g.c - b.channel);
  b.image = task / slab_tasks;
  b.row = r * s.task_rows;
  b.rows = std::min(s.task_rows, g.d().out * g.h().out - b.row);
  b.window = w * s.task_windows;
  b.windows = std::min(s.task_windows, g.w().out - b.window);
  return b;
}

void run_blocks(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const Run& run = *static_cast<const Run*>(context);
  const PoolSchedule& s = run.plan.schedule;
  PoolScratch scratch(s, run.memory(worker));
  const PoolGeometry& g = run.plan.geometry;
  for (std::int64_t t = begin; t < end; ++t) {
    const std::int64_t bytes = size_of(g.src.type);
    walk_pool(run.plan, *run.plan.reduction, {run.src, g.src_strides, {}, bytes}, {run.dst, g.dst_strides, {}, bytes},
              block_of(g, s, t), scratch);
  }
}

}  // namespace

void drive_pool(const PoolPlanData& plan, const void* src, void* dst, char* workspace,
                const Executor& executor) noexcept {
  if (plan.geometry.raises()) return drive_powers(plan, src, dst, workspace, executor);
  // Vectors may read past the last row: nothing of an earlier use may be there. Rings and lanes are read where they were written.
  const std::int64_t bytes = plan.schedule.worker_bytes(), cleared = by_windows(plan.schedule.stages) ? bytes : 0;
  const WorkerMemory memory(workspace, bytes, cleared, worker_count(executor));
  Run run{plan, src, dst, memory};
  run_tasks(executor, plan.schedule.tasks, plan.bytes, run_blocks, &run);
}

}  // namespace poolnorm
