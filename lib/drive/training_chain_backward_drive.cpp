#include "drive/training_chain_backward_drive.hpp"

#include "drive/channel_gradient_rounds.hpp"
#include "drive/collect_drive.hpp"
#include "drive/spread_drive.hpp"
#include "drive/worker_memory.hpp"

namespace poolnorm {
namespace {

// Where the gradient of the pool goes: where that behind the mask will be.
void* pool_gradient(const TrainingChainBackwardPlanData& plan, const ChannelGradientRun& norm) noexcept {
  return plan.norm.has_gate ? norm.grad_residual : norm.grad_src;
}

class ChainBackward : public GradientRounds<ChainBackward> {
 public:
  // Without `memory` the pool's gradient is there already.
  ChainBackward(const TrainingChainBackwardPlanData& plan, const ChannelGradientRun& norm, const ForwardPool& forward,
                const WorkerMemory* memory, int workers, char* workspace) noexcept
      : GradientRounds(plan.norm, norm, workers, workspace), plan_(plan), forward_(forward), memory_(memory) {}

  // Image by image, while it is in the cache.
  void before(std::int64_t set, std::int64_t begin, std::int64_t end, std::int64_t c, std::int64_t width,
              int worker) const noexcept {
    const auto behind_mask = [&](std::int64_t from, std::int64_t to) {
      if (p_.has_mask) mask(set, from, to, c, width, gradient(), p_.behind_mask);
    };
    if (memory_ == nullptr) return behind_mask(begin, end);
    void* const to = pool_gradient(plan_, run_);
    char* const memory = (*memory_)(worker);
    const std::int64_t first = begin / p_.spatial, last = end / p_.spatial;
    const auto made = [&](std::int64_t image) { behind_mask(image * p_.spatial, (image + 1) * p_.spatial); };
    if (plan_.has_indices) {
      const ImageMade then{[](const void* f, std::int64_t image) { (*static_cast<decltype(made)*>(f))(image); }, &made};
      memory_->count(worker, way_back_channels(plan_.maximum, run_.grad_dst, forward_.indices, to, first, last, c, width, then, memory));
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
  const WorkerMemory* memory_;
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
  char* const beside = workspace + memory.shared + workers * memory.worker;
  if (image_by_image(plan.norm, workers)) {
    const std::int64_t bytes = plan.pool_bytes();
    const WorkerMemory pool(beside, bytes, plan.has_indices ? bytes : 0, workers);
    ChainBackward(plan, norm, forward, &pool, workers, workspace)(executor);
    return pool.total();
  }
  void* const to = pool_gradient(plan, norm);
  std::int64_t skipped = 0;
  if (plan.has_indices) {
    skipped = drive_way_back(plan.maximum, norm.grad_dst, forward.indices, to, beside, executor);
  } else {
    drive_spread(plan.spread, {norm.grad_dst, to, forward.t, forward.dst}, beside, executor);
  }
  ChainBackward(plan, norm, forward, nullptr, workers, workspace)(executor);
  return skipped;
}

}  // namespace poolnorm
