#include "api/pool_run.hpp"

#include "api/elements.hpp"
#include "api/workspace.hpp"
#include "drive/pool_drive.hpp"
#include "drive/worker_memory.hpp"
#include "plan/refuse.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

Status run_pool(const PoolPlanData& plan, ConstElements src, Elements dst, const RunContext& context) noexcept {
  const PoolGeometry& g = plan.geometry;
  if (g.empty) return {};
  if (const Status s = check_elements("src", src, g.src.type); !s) return s;
  if (const Status s = check_elements("dst", dst, g.dst.type); !s) return s;
  if (overlap(g.src, src.data, g.dst, dst.data)) return invalid("src and dst overlap");
  char* workspace = nullptr;
  if (const Status s = check_workspace(context, WorkerMemory::bytes_for(plan.worker_bytes()), workspace); !s) return s;
  drive_pool(plan, src.data, dst.data, workspace, context.executor);
  return {};
}

std::size_t pool_workspace_bytes(const PoolPlanData& plan, const Executor& executor) noexcept {
  return plan.geometry.empty ? 0 : workspace_size(executor, WorkerMemory::bytes_for(plan.worker_bytes()));
}

Status pool_once(const PoolDesc& desc, ConstElements src, Elements dst, PoolKernelsOf kernels_of) noexcept {
  PoolPlanData plan{};
  if (const Status s = plan_pool(desc, {}, kernels_of, plan); !s) return s;
  OwnWorkspace workspace(pool_workspace_bytes(plan, default_executor()));
  return workspace.ok() ? run_pool(plan, src, dst, workspace.context()) : out_of_memory();
}

Status pool_once_f32(const PoolDesc& desc, const float* src, float* dst, PoolKernelsOf kernels_of) noexcept {
  if (desc.src.type != ElementType::f32) return check_elements("src", ConstElements(src), desc.src.type);
  return pool_once(desc, src, dst, kernels_of);
}

}  // namespace poolnorm
