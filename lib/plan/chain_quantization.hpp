// The quantisations of a chain of s8 and u8, stage by stage.
#pragma once

#include "plan/chain_plan.hpp"

namespace poolnorm {

// Those before the pools. `plan` knows its tensors.
Status check_chain_quantization(const ChainDesc& desc, const ChainPlanData& plan) noexcept;

// Of pool `i` and what follows it: what it reads must be quantised as what comes before it. The messages name fields of the
// pool. `plan` knows this pool and those before it.
Status check_pool_quantization(const ChainDesc& desc, int i, const ChainPlanData& plan) noexcept;

}  // namespace poolnorm
