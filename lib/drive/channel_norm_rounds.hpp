// The rounds of batch norm in training and of group norm, up to the parameters: what they write is the Norm's matter.
#pragma once

#include <algorithm>

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
    const std::int64_t most = p_.group == 1 ? numbers_block : 1;
    for (std::int64_t c = begin; c < end;) {
      const std::int64_t first = c, index = set * p_.groups() + c / p_.group;
      const std::int64_t groups = std::min(most, (end - c) / p_.group);
      Statistics s;
      if (p_.group == 1 && run_.given == nullptr && run_.wanted == nullptr) {
        const double* const mean = this->sums_of(set) + first;
        s.take(p_.population.elements(), mean, mean + p_.channels, groups);
        c += groups;
      }
      for (std::int64_t i = index; c < first + groups * p_.group; ++i, c += p_.group) {
        const Moments m = run_.given != nullptr ? run_.given[i] : group_moments(set, c);
        run_.wanted != nullptr ? void(run_.wanted[i] = m) : s.push(m);
      }
      if (run_.wanted != nullptr) continue;
      s.settle(p_.epsilon);
      run_.saved.save(index, s);
      run_.running.remember(first, s);
      fill(this->parameters_of(set), first, s);
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

  // Channels from `first` on, of several groups of one or of one group.
  void fill(const ChannelParameters& out, std::int64_t first, const Statistics& s) const noexcept {
    double low[numbers_block], scale[numbers_block], shift[numbers_block];
    s.lows(p_.data.wide(), low);
    if (p_.group == 1) return fill(out, first, s.size, s.mean, low, s.invstd, scale, shift);
    double mean[numbers_block], invstd[numbers_block];
    std::fill_n(mean, numbers_block, s.mean[0]);
    std::fill_n(low, numbers_block, low[0]);
    std::fill_n(invstd, numbers_block, s.invstd[0]);
    for (std::int64_t c = 0; c < p_.group; c += numbers_block) {
      fill(out, first + c, std::min(numbers_block, p_.group - c), mean, low, invstd, scale, shift);
    }
  }

  void fill(const ChannelParameters& out, std::int64_t c, std::int64_t count, const double* mean, const double* low,
            const double* invstd, double* scale, double* shift) const noexcept {
    std::copy_n(invstd, count, scale);
    if (run_.gamma) {
      run_.gamma.read(c, count, scale);
      for (std::int64_t i = 0; i < count; ++i) scale[i] *= invstd[i];
    }
    std::fill_n(shift, count, -0.0);  // x + -0 is x
    if (run_.beta) run_.beta.read(c, count, shift);
    out.mean.write(c, count, mean);
    out.mean_low.write(c, count, low);
    out.scale.write(c, count, scale);
    out.shift.write(c, count, shift);
  }
};

}  // namespace poolnorm
