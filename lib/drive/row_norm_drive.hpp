// Runs layer and RMS norm: a task takes rows from statistics to output while they are in the cache.
#pragma once

#include <poolnorm/executor.hpp>

#include "drive/settle.hpp"
#include "plan/row_norm_plan.hpp"

namespace poolnorm {

// A run's pointers, already checked; null where there is none.
struct RowNormRun {
  const void *src, *residual;
  void *sum, *dst;
  Numbers gamma, beta;
  SavedStatistics saved;  // one a row
};

void drive_row_norm(const RowNormPlanData& plan, const RowNormRun& run, const Executor& executor) noexcept;

}  // namespace poolnorm
