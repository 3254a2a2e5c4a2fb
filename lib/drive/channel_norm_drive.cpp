#include "drive/channel_norm_drive.hpp"

#include "drive/channel_norm_rounds.hpp"

namespace poolnorm {
namespace {

class Forward : public ForwardRounds<Forward> {
 public:
  using ForwardRounds::ForwardRounds;

  AffineKernel kernel() const noexcept { return p_.kernels->centred; }

  Span span(std::int64_t set, std::int64_t image, std::int64_t c) const noexcept {
    AffineArgs a = p_.args;
    a.src = run_.src;
    a.residual = run_.residual;
    a.dst = run_.dst;
    a.mask = run_.mask;
    a.stream = p_.stream && run_.src != run_.dst && run_.residual != run_.dst;
    Span s(p_, a, slot_src, slot_residual, slot_dst);
    s.move(set * p_.images + image, c);
    s.parameters(parameters_of(set), c);
    return s;
  }
};

}  // namespace

ChannelNormMemory channel_norm_memory(const ChannelNormPlanData& plan, int workers) noexcept {
  return plan.empty ? ChannelNormMemory{0, 0} : RoundsLayout(plan, workers).memory;
}

void drive_channel_norm(const ChannelNormPlanData& plan, const ChannelNormRun& run, const Executor& executor,
                        char* workspace) noexcept {
  Forward(plan, run, worker_count(executor), workspace)(executor);
}

}  // namespace poolnorm
