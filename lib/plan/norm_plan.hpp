// What a NormPlan holds: folded parameters, and the tensor as loops around runs of one kind.
#pragma once

#include <poolnorm/excite.hpp>

#include "kernels/kernel_table.hpp"
#include "plan/channel_map.hpp"

namespace poolnorm {

enum class NormRows : int {
  one_channel,   // a run lies in one channel
  all_channels,  // a run goes along the channels, once or several times
};

struct NormPlanData {
  TensorDesc src, dst, residual;
  bool has_residual = false;
  bool empty = false;
  bool excites = false;  // scales of every image, given to run()
  NormRows rows = NormRows::one_channel;

  ChannelMap map;
  std::int64_t repeats = 1;  // pixels in a run

  // Outer to inner, around runs of `width`; `tail` more elements follow the last run.
  AffineLoop axes[4] = {};
  int axis_count = 0;
  std::int64_t width = 0, tail = 0;
  bool channel_per_element = false, residual_broadcast = false;  // of a run

  // A task is `part` steps of axis `split` and everything inside; with split == axis_count, `part`
  // elements of a run.
  int split = 0;
  std::int64_t part = 1, tasks = 1;

  const NormKernels* kernels = nullptr;
  Isa isa = Isa::portable;
  bool stream = false;
  std::int64_t bytes = 0;
};

Status plan_norm(const BatchNormDesc& desc, const PlanOptions& options, NormPlanData& plan) noexcept;
Status plan_norm(const ScaleShiftDesc& desc, const PlanOptions& options, NormPlanData& plan) noexcept;
Status plan_norm(const ExciteDesc& desc, const PlanOptions& options, NormPlanData& plan) noexcept;

}  // namespace poolnorm
