#include "drive/chain_drive.hpp"

#include <algorithm>

#include "drive/worker_memory.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const ChainRun& chain;
  const WorkerMemory& memory;
};

void run_units(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const Run& run = *static_cast<const Run*>(context);
  char* const memory = run.memory(worker);
  for (std::int64_t t = begin; t < end; ++t) run_chain_task(run.chain, t, memory);
}

}  // namespace

void run_chain_task(const ChainRun& run, std::int64_t task, char* memory) noexcept {
  const ChainPlanData& p = run.plan;
  const std::int64_t bands = p.in_order ? 1 : p.bands;
  const std::int64_t channel = task / bands % p.units * p.unit, image = task / bands / p.units;
  ChainWalk walk(run, memory, image, channel, std::min(p.unit, p.c - channel));
  p.in_order ? walk.run() : walk.run(task % bands);
}

void drive_chain(const ChainPlanData& plan, const ChainData& data, char* workspace, const Executor& executor) noexcept {
  const ChainRun chain{plan, data};
  // Vectors may read past a pool's last row: nothing uninitialised may be there.
  const WorkerMemory memory(workspace, plan.worker_bytes(), plan.buffer_bytes, worker_count(executor));
  Run run{chain, memory};
  run_tasks(executor, plan.tasks, plan.bytes, run_units, &run);
}

}  // namespace poolnorm
