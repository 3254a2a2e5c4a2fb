// The arrays that batch norm in training reads and writes, in guarded memory.
#pragma once

#include "doctest.hpp"
#include "guarded_array.hpp"
#include "relu_mask.hpp"
#include "training.hpp"

namespace poolnorm::tests {

template <class T>
struct TrainingArrays {
  GuardedArray<T> gamma, beta, running_mean, running_variance, saved_mean, saved_mean_low, saved_invstd;
  GuardedArray<std::uint8_t> mask;
  std::int64_t batches_tracked;

  TrainingArrays(const TrainingCaseOf<T>& c, std::size_t mask_bytes, Placement::Edge edge)
      : gamma(c.gamma, edge),
        beta(c.beta, edge),
        running_mean(c.running_mean, edge),
        running_variance(c.running_variance, edge),
        saved_mean(static_cast<std::size_t>(c.desc.src.dims[1]), edge),
        saved_mean_low(saved_mean.size(), edge),
        saved_invstd(saved_mean.size(), edge),
        mask(mask_bytes, edge),
        batches_tracked(c.batches_tracked) {}

  void give_to(BatchNormTrainingData& data) {
    data.gamma = gamma;
    data.beta = beta;
    data.running_mean = running_mean;
    data.running_variance = running_variance;
    data.batches_tracked = batches_tracked;
    data.saved_mean = saved_mean;
    data.saved_mean_low = saved_mean_low;
    data.saved_invstd = saved_invstd;
    data.mask = mask.size() == 0 ? nullptr : mask.data();
  }
  // All but y.
  TrainingResultOf<T> read(const BatchNormTrainingDesc& desc) const {
    for (const auto* a : {&running_mean, &running_variance, &saved_mean, &saved_mean_low, &saved_invstd}) {
      CHECK(a->surroundings_untouched());
    }
    CHECK(mask.surroundings_untouched());
    CHECK(gamma.untouched());
    CHECK(beta.untouched());
    return {{}, running_mean.read(), running_variance.read(), saved_mean.read(), saved_mean_low.read(), saved_invstd.read(),
            desc.mask ? unpack_mask(mask.read(), desc.src) : std::vector<bool>{}};
  }
};

}  // namespace poolnorm::tests
