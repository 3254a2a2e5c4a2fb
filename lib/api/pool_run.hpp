// Poolings, run by a plan and without one.
#pragma once

#include <poolnorm/pool.hpp>

#include "plan/pool_plan.hpp"

namespace poolnorm {

struct PoolPlan::Data : PoolPlanData {};

Status run_pool(const PoolPlanData& plan, ConstElements src, Elements dst, const RunContext& context) noexcept;

std::size_t pool_workspace_bytes(const PoolPlanData& plan, const Executor& executor) noexcept;

// One run of no plan, on the default executor, by the kernels that `kernels_of` has.
Status pool_once(const PoolDesc& desc, ConstElements src, Elements dst, PoolKernelsOf kernels_of) noexcept;

// The same by kernels of f32 alone.
Status pool_once_f32(const PoolDesc& desc, const float* src, float* dst, PoolKernelsOf kernels_of) noexcept;

}  // namespace poolnorm
