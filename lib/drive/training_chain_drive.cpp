#include "drive/training_chain_drive.hpp"

#include "drive/chain_drive.hpp"
#include "drive/channel_norm_rounds.hpp"
#include "drive/index_drive.hpp"
#include "drive/worker_memory.hpp"

namespace poolnorm {
namespace {

struct Indices {
  const MaxIndicesPlanData& plan;
  void *dst, *indices;
};

void walk_indices(const void* self, const View<const void>& t, const PoolBlock& block, char* memory) {
  const Indices& i = *static_cast<const Indices*>(self);
  walk_max_indices(i.plan, t, i.dst, i.indices, block, memory);
}

// Statistics, then what the chain makes of their channels.
class Chain : public ForwardRounds<Chain> {
 public:
  Chain(const TrainingChainPlanData& plan, const ChannelNormRun& norm, const ChainData& data, const ChainPoolStep* step,
        const WorkerMemory& memory, int workers, char* workspace) noexcept
      : ForwardRounds(plan.norm, norm, workers, workspace),
        late_(late_map(plan)),
        chain_{plan.chain, data, &late_, step},
        memory_(memory) {}
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  void write(std::int64_t, std::int64_t begin, std::int64_t end, int worker) noexcept {
    const std::int64_t unit = chain_.plan.unit;
    for (std::int64_t image = 0; image < p_.images; ++image) {
      for (std::int64_t c = begin; c < end; c += unit) {
        ChainWalk(chain_, memory_(worker), image, c, std::min(unit, end - c)).run();
      }
    }
  }
  std::int64_t write_tasks() const noexcept { return chain_.plan.tasks; }
  void write_task(std::int64_t task, int worker) noexcept { run_chain_task(chain_, task, memory_(worker)); }

 private:
  LateMap late_map(const TrainingChainPlanData& plan) const noexcept {
    LateMap late{{p_.kernels->centred, p_.args, 1, p_.has_mask ? plan.mask_steps : nullptr}, p_.data.parameter_bytes()};
    const ChannelParameters values = parameters_of(0);
    AffineArgs& a = late.first.args;
    a.mean = values.mean.data();
    a.mean_low = values.mean_low.data();
    a.scale = values.scale.data();
    a.shift = values.shift.data();
    a.mask = run_.mask;
    return late;
  }

  const LateMap late_;
  const ChainRun chain_;
  const WorkerMemory& memory_;
};

}  // namespace

ChannelNormMemory training_chain_memory(const TrainingChainPlanData& plan, int workers) noexcept {
  ChannelNormMemory memory = channel_norm_memory(plan.norm, workers);
  if (!plan.norm.empty) memory.worker += WorkerMemory::bytes_for(plan.chain.worker_bytes());
  return memory;
}

void drive_training_chain(const TrainingChainPlanData& plan, const ChannelNormRun& norm, void* dst, void* indices,
                          const Executor& executor, char* workspace) noexcept {
  const int workers = worker_count(executor);
  const ChannelNormMemory memory = channel_norm_memory(plan.norm, workers);
  const WorkerMemory chain(workspace + memory.shared + workers * memory.worker, plan.chain.worker_bytes(),
                           plan.chain.buffer_bytes, workers);
  ChainData data;
  data.src = norm.src;
  data.residual = norm.residual;
  data.intermediate = norm.dst;
  data.dst[0] = dst;
  const Indices places{plan.indices, dst, indices};
  const ChainPoolStep step{walk_indices, &places};
  Chain(plan, norm, data, plan.has_indices ? &step : nullptr, chain, workers, workspace)(executor);
}

}  // namespace poolnorm
