// What plans of layer and RMS norm hold: rows of contiguous elements, each normalised by itself.
#pragma once

#include <poolnorm/group_norm.hpp>
#include <poolnorm/layer_norm.hpp>

#include "plan/data_type.hpp"
#include "plan/population.hpp"

namespace poolnorm {

struct LayerNormBackwardDesc;

// Rows whose columns are summed together: each is an image of one element.
inline constexpr std::int64_t leaf_rows = 64;

struct RowNormPlanData {
  // For gradients dst is grad_src, residual is grad_dst and sum is grad_sum.
  TensorDesc src, dst, residual, sum;
  DataType data;
  bool has_residual = false, has_sum = false, empty = false;
  bool centred = true;       // layer norm; else RMS norm
  std::int64_t rows = 1, width = 1;
  std::int64_t parameter_period = 1;  // gamma and beta have this many rows of their own
  Sequence row_sequence;        // in all tensors; `sum` in the mask's place
  Population population;  // one row
  Population columns;     // the rows of one column, of gradients alone
  double epsilon = 0;

  const MomentsKernels* moments = nullptr;
  const TrainingKernels* kernels = nullptr;
  const GradientKernels* gradients = nullptr;
  Isa isa = Isa::portable;
  bool stream = false;
  std::int64_t bytes = 0;
  std::int64_t part = 1, tasks = 1;  // rows a task
};

Status plan_row_norm(const LayerNormDesc& desc, const PlanOptions& options, RowNormPlanData& plan) noexcept;
Status plan_row_norm(const LayerNormBackwardDesc& desc, const PlanOptions& options, RowNormPlanData& plan) noexcept;
// Without spatial elements: a group's channels are a row.
Status plan_row_norm(const GroupNormDesc& desc, const PlanOptions& options, RowNormPlanData& plan) noexcept;

}  // namespace poolnorm
