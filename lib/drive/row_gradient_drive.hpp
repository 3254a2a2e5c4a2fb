// Runs the gradients of layer and RMS norm. A task takes leaves of the tree over rows, 64 rows each, from
// memory: sums along each row, sums down the columns, grad_src. Where leaves are too few for the workers,
// columns and rows are shared out apart.
#pragma once

#include <poolnorm/executor.hpp>

#include "drive/numbers.hpp"
#include "plan/row_norm_plan.hpp"

namespace poolnorm {

// A run's pointers, already checked; null where there is none.
struct RowGradientRun {
  const void *src, *grad_dst, *grad_sum;
  void* grad_src;
  Numbers gamma;
  Numbers mean, mean_low, invstd;  // one a row
  MutableNumbers grad_gamma, grad_beta;
};

// Bytes of workspace: for all workers together, and for each of them.
struct RowGradientMemory {
  std::int64_t shared, worker;
};

RowGradientMemory row_gradient_memory(const RowNormPlanData& plan, int workers) noexcept;

void drive_row_gradient(const RowNormPlanData& plan, const RowGradientRun& run, const Executor& executor,
                        char* workspace) noexcept;

}  // namespace poolnorm
