#include "drive/chain_drive.hpp"

#include <algorithm>
#include <cstring>

#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const ChainRun& chain;
  char* workspace;
};

void run_units(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const Run& run = *static_cast<const Run*>(context);
  const ChainPlanData& p = run.chain.plan;
  char* memory = run.workspace + worker * p.worker_bytes();
  // Vectors may read past a pool's last row: nothing uninitialised may be there.
  std::memset(memory + p.buffer_bytes, 0, static_cast<std::size_t>(p.pool_bytes));
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
  Run run{chain, workspace};
  run_tasks(executor, plan.tasks, plan.bytes, run_units, &run);
}

}  // namespace poolnorm
