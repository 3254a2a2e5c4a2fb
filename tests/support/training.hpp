// Batch norm in training as a case: its request, values and parameters, what it must give, and a run of
// it on guarded memory.
#pragma once

#include <vector>

#include <poolnorm/batch_norm_training.hpp>

#include "dense.hpp"
#include "run.hpp"
#include "values.hpp"

namespace poolnorm::tests {

// T: float, which elements of f16 and bf16 are read as, or double.
template <class T>
struct TrainingResultOf {
  DenseOf<T> y;
  std::vector<T> running_mean, running_variance, saved_mean, saved_mean_low, saved_invstd;
  std::vector<bool> passed;  // the mask, in N, C, spatial order; empty without one
};

template <class T>
struct TrainingCaseOf {
  BatchNormTrainingDesc desc;
  DenseOf<T> x, r;
  std::vector<T> gamma, beta, running_mean, running_variance;
  std::int64_t batches_tracked = 0;

  // In parts of so many images each, some of none; without any, the whole at once.
  TrainingResultOf<T> expected(const std::vector<std::int64_t>& parts = {}) const;
  TrainingResultOf<T> run(const How& how, Alias alias = Alias::none) const;
  // partial() on every part, merge_moments(), finalise(), apply() on every part: slices of the same tensors.
  TrainingResultOf<T> run_in_parts(const std::vector<std::int64_t>& parts, const How& how, Alias alias = Alias::none) const;
};

using TrainingResult = TrainingResultOf<float>;
using TrainingCase = TrainingCaseOf<float>;

// With gamma, beta and running statistics, in `layout`.
template <class T>
TrainingCaseOf<T> training_case(const TensorDesc& src, const DenseOf<T>& x, std::uint64_t seed = 1);

// "" when all of it has the same bits.
template <class T>
std::string difference(const TrainingResultOf<T>& got, const TrainingResultOf<T>& expected);

// The case on every ISA against the reference, bit for bit.
template <class T>
void check_training(const TrainingCaseOf<T>& c, How how = {}, Alias alias = Alias::none);

// Data with a mean and a deviation of its own in every channel.
Dense normal_values(const std::vector<std::int64_t>& dims, double mean, double deviation, std::uint64_t seed = 1);
// The same as elements of a type.
template <class T>
DenseOf<T> normal_elements(ElementType type, const std::vector<std::int64_t>& dims, double mean, double deviation,
                           std::uint64_t seed = 1);

}  // namespace poolnorm::tests
