#include "drive/channel_norm_drive.hpp"

namespace poolnorm {
namespace {

class Forward : public ChannelRounds<Forward> {
 public:
  Forward(const ChannelNormPlanData& plan, const ChannelNormRun& run, int workers, char* workspace) noexcept
      : ChannelRounds(plan, workers, workspace), run_(run) {}

  bool sums() const noexcept { return run_.given == nullptr; }
  bool writes() const noexcept { return run_.wanted == nullptr; }
  AffineKernel kernel() const noexcept { return p_.kernels->centred; }

  SumsSource source(std::int64_t set, std::int64_t c) const noexcept {
    const std::int64_t offset = set * p_.images * p_.image.step[slot_src] + c * p_.channel.step[slot_src];
    return {p_.data, p_.data.at(run_.src, offset), nullptr, nullptr, {}};
  }

  void before(std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t) const noexcept {}

  void settle(std::int64_t set, std::int64_t begin, std::int64_t end) const noexcept {
    for (std::int64_t c = begin; c < end; c += p_.group) {
      const std::int64_t index = set * p_.groups() + c / p_.group;
      const Moments m = run_.given != nullptr ? run_.given[index] : group_moments(set, c);
      if (run_.wanted != nullptr) {
        run_.wanted[index] = m;
        continue;
      }
      const double invstd = invstd_of(m, p_.epsilon);
      run_.saved.save(index, m, invstd);
      run_.running.remember(c, m);
      fill(parameters_of(set), c, m, invstd);
    }
  }

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

 private:
  Moments group_moments(std::int64_t set, std::int64_t first) const noexcept {
    const double *const mean = sums_of(set), *const m2 = mean + p_.channels;
    const std::int64_t count = p_.population.elements();
    if (p_.group == 1) return {count, mean[first], m2[first]};
    MomentsCounter counter;
    for (std::int64_t c = first; c < first + p_.group; ++c) counter.push({count, mean[c], m2[c]});
    return counter.total();
  }

  void fill(const ChannelParameters& out, std::int64_t first, const Moments& m, double invstd) const noexcept {
    const double low = m.mean - out.mean_low.rounded(m.mean);
    for (std::int64_t c = first; c < first + p_.group; ++c) {
      out.mean.set(c, m.mean);
      out.mean_low.set(c, low);
      out.scale.set(c, run_.gamma ? run_.gamma[c] * invstd : invstd);
      out.shift.set(c, run_.beta ? run_.beta[c] : -0.0);  // x + -0 is x
    }
  }

  const ChannelNormRun& run_;
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
