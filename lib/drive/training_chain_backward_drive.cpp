#include "drive/training_chain_backward_drive.hpp"

#include "drive/channel_gradient_rounds.hpp"
#include "drive/collect_drive.hpp"
#include "drive/spread_drive.hpp"
#include "drive/worker_memory.hpp"

namespace poolnorm {
namespace {

class ChainBackward : public GradientRounds<ChainBackward> {
 public:
  ChainBackward(const TrainingChainBackwardPlanData& plan, const ChannelGradientRun& norm, const ForwardPool& forward,
                const WorkerMemory& memory, int workers, char* workspace) noexcept
      : GradientRounds(plan.norm, norm, workers, workspace), plan_(plan), forward_(forward), memory_(memory) {}

  // Image by image, while it is in the cache.
  void before(std::int64_t set, std::int64_t begin, std::int64_t end, std::int64_t c, std::int64_t width,
              int worker) const noexcept {
    void* const to = p_.has_gate ? run_.grad_residual : run_.grad_src;
    char* const memory = memory_(worker);
    const std::int64_t first = begin / p_.spatial, last = end / p_.spatial;
    const auto made = [&](std::int64_t image) {
      if (!p_.has_mask) return;
      mask(set, image * p_.spatial, (image + 1) * p_.spatial, c, width, gradient(), p_.behind_mask);
    };
    if (plan_.has_indices) {
      const ImageMade then{[](const void* f, std::int64_t image) { (*static_cast<decltype(made)*>(f))(image); }, &made};
      memory_.count(worker, index_gradient_channels(plan_.maximum, run_.grad_dst, forward_.indices, to, first, last, c,
                                                    width, then, memory));
      return;
    }
    for (std::int64_t image = first; image < last; ++image) {
      spread_channels(plan_.spread, {run_.grad_dst, to, forward_.t, forward_.dst}, image, c, width, memory);
      made(image);
    }
  }

 private:
  const TrainingChainBackwardPlanData& plan_;
  const ForwardPool& forward_;
  const WorkerMemory& memory_;
};

}  // namespace

ChannelNormMemory training_chain_backward_memory(const TrainingChainBackwardPlanData& plan, int workers) noexcept {
  ChannelNormMemory memory = channel_gradient_memory(plan.norm, workers);
  if (!plan.norm.empty) memory.worker += WorkerMemory::bytes_for(plan.pool_bytes());
  return memory;
}

std::int64_t drive_training_chain_backward(const TrainingChainBackwardPlanData& plan, const ChannelGradientRun& norm,
                                           const ForwardPool& forward, const Executor& executor,
                                           char* workspace) noexcept {
  const int workers = worker_count(executor);
  const ChannelNormMemory memory = channel_gradient_memory(plan.norm, workers);
  const std::int64_t bytes = plan.pool_bytes();
  const WorkerMemory pool(workspace + memory.shared + workers * memory.worker, bytes, plan.has_indices ? bytes : 0,
                          workers);
  ChainBackward(plan, norm, forward, pool, workers, workspace)(executor);
  return pool.total();
}

}  // namespace poolnorm
