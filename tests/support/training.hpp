// Batch norm in training as a case: its request, values and parameters, what it must give, and a run of
// it on guarded memory.
#pragma once

#include <vector>

#include <poolnorm/batch_norm_training.hpp>

#include "dense.hpp"
#include "run.hpp"
#include "values.hpp"

namespace poolnorm::tests {

struct TrainingResult {
  Dense y;
  std::vector<float> running_mean, running_variance, saved_mean, saved_mean_low, saved_invstd;
  std::vector<bool> passed;  // the mask, in N, C, spatial order; empty without one
};

struct TrainingCase {
  BatchNormTrainingDesc desc;
  Dense x, r;
  std::vector<float> gamma, beta, running_mean, running_variance;
  std::int64_t batches_tracked = 0;

  TrainingResult expected() const;
  TrainingResult run(const How& how, Alias alias = Alias::none) const;
};

// With gamma, beta and running statistics, in `layout`.
TrainingCase training_case(const TensorDesc& src, const Dense& x, std::uint64_t seed = 1);

// "" when all of it has the same bits.
std::string difference(const TrainingResult& got, const TrainingResult& expected);

// The case on every ISA against the reference, bit for bit.
void check_training(const TrainingCase& c, How how = {}, Alias alias = Alias::none);

// Data with a mean and a deviation of its own in every channel.
Dense normal_values(const std::vector<std::int64_t>& dims, double mean, double deviation, std::uint64_t seed = 1);

}  // namespace poolnorm::tests
