// How a PoolPlan is made. Apart from the rest, since it links the kernels of every operation and type.
#include <poolnorm/pool.hpp>

#include "api/plan_data.hpp"
#include "api/pool_run.hpp"

namespace poolnorm {

Result<PoolPlan> PoolPlan::make(const PoolDesc& desc, const PlanOptions& options) noexcept {
  Result<PoolPlan> result;
  result.status =
      make_data(result.value.data_, [&](Data& data) { return plan_pool(desc, options, pool_kernels, data); });
  return result;
}

}  // namespace poolnorm
