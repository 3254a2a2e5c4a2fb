// The rounds of batch norm in training and of group norm, up to the parameters: what they write is the Norm's matter.
#pragma once

#include "drive/channel_norm_drive.hpp"

namespace poolnorm {

template <class Norm>
class ForwardRounds : public ChannelRounds<Norm> {
 public:
  ForwardRounds(const ChannelNormPlanData& plan, const ChannelNormRun& run, int workers, char* workspace) noexcept
      : ChannelRounds<Norm>(plan, workers, workspace), run_(run) {}

  bool sums() const noexcept { return run_.given == nullptr; }
  bool writes() const noexcept { return run_.wanted == nullptr; }

  SumsSource source(std::int64_t set, std::int64_t c) const noexcept {
    const std::int64_t offset = set * p_.images * p_.image.step[slot_src] + c * p_.channel.step[slot_src];
    return {p_.data, p_.data.at(run_.src, offset), nullptr, nullptr, {}};
  }

  void before(std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, int) const noexcept {}

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
      fill(this->parameters_of(set), c, m, invstd);
    }
  }

 protected:
  using ChannelRounds<Norm>::p_;
  const ChannelNormRun& run_;

 private:
  Moments group_moments(std::int64_t set, std::int64_t first) const noexcept {
    const double *const mean = this->sums_of(set), *const m2 = mean + p_.channels;
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
};

}  // namespace poolnorm
