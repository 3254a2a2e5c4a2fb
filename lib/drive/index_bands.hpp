// Max pooling with indices of small windows along W, a band of a plane's output rows at a time.
#pragma once

#include "drive/pool_walk.hpp"
#include "plan/index_plan.hpp"

namespace poolnorm {

// As walk_max_indices, of a plan that has bands.
void walk_index_bands(const MaxIndicesPlanData& plan, const View<const void>& src, const View<void>& dst, const View<void>& indices,
                      const PoolBlock& block, char* memory) noexcept;

}  // namespace poolnorm
