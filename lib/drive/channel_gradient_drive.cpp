#include "drive/channel_gradient_drive.hpp"

#include "drive/channel_gradient_rounds.hpp"

namespace poolnorm {
namespace {

class Backward : public GradientRounds<Backward> {
 public:
  using GradientRounds::GradientRounds;

  void before(std::int64_t set, std::int64_t begin, std::int64_t end, std::int64_t c, std::int64_t width,
              int) const noexcept {
    if (p_.has_mask) mask(set, begin, end, c, width, run_.grad_dst, slot_residual);
  }
};

}  // namespace

ChannelNormMemory channel_gradient_memory(const ChannelNormPlanData& plan, int workers) noexcept {
  return plan.empty ? ChannelNormMemory{0, 0} : RoundsLayout(plan, workers).memory;
}

void drive_channel_gradient(const ChannelNormPlanData& plan, const ChannelGradientRun& run, const Executor& executor,
                            char* workspace) noexcept {
  Backward backward(plan, run, worker_count(executor), workspace);
  backward(executor);
  backward.join_sets();
}

}  // namespace poolnorm
