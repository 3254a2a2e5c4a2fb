// AveragePoolBackwardPlan and LpPoolBackwardPlan; the gradient of max pooling stands with its indices, in
// max_indices.cpp.
#include <poolnorm/pool_backward.hpp>

#include <cstdio>

#include "api/elements.hpp"
#include "api/explain.hpp"
#include "api/plan_data.hpp"
#include "api/workspace.hpp"
#include "drive/spread_drive.hpp"
#include "drive/worker_memory.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

struct AveragePoolBackwardPlan::Data : SpreadPlanData {};
struct LpPoolBackwardPlan::Data : SpreadPlanData {};

AveragePoolBackwardPlan& AveragePoolBackwardPlan::operator=(AveragePoolBackwardPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}
LpPoolBackwardPlan& LpPoolBackwardPlan::operator=(LpPoolBackwardPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

AveragePoolBackwardPlan::~AveragePoolBackwardPlan() { delete data_; }
LpPoolBackwardPlan::~LpPoolBackwardPlan() { delete data_; }

Result<AveragePoolBackwardPlan> AveragePoolBackwardPlan::make(const PoolDesc& desc,
                                                              const PlanOptions& options) noexcept {
  Result<AveragePoolBackwardPlan> result;
  result.status =
      make_data(result.value.data_, [&](Data& data) { return plan_spread(desc, PoolOp::average, options, data); });
  return result;
}
Result<LpPoolBackwardPlan> LpPoolBackwardPlan::make(const PoolDesc& desc, const PlanOptions& options) noexcept {
  Result<LpPoolBackwardPlan> result;
  result.status =
      make_data(result.value.data_, [&](Data& data) { return plan_spread(desc, PoolOp::lp, options, data); });
  return result;
}

namespace {

Status check_gradients(const PoolGeometry& g, ConstElements grad_dst, Elements grad_src) noexcept {
  if (const Status s = check_elements("grad_dst", grad_dst, g.dst.type); !s) return s;
  if (const Status s = check_elements("grad_src", grad_src, g.src.type); !s) return s;
  if (overlap(g.src, grad_src.data, g.dst, grad_dst.data)) return invalid("grad_src and grad_dst overlap");
  return {};
}

Status run_spread(const SpreadPlanData& p, const SpreadData& data, const RunContext& context) noexcept {
  char* workspace = nullptr;
  if (const Status s = check_workspace(context, WorkerMemory::bytes_for(p.worker_bytes()), workspace); !s) return s;
  drive_spread(p, data, workspace, context.executor);
  return {};
}

std::size_t spread_bytes(const SpreadPlanData* p, const Executor& executor) noexcept {
  return p == nullptr || p->geometry.empty ? 0 : workspace_size(executor, WorkerMemory::bytes_for(p->worker_bytes()));
}

std::size_t explain_spread(const SpreadPlanData* p, char* buffer, std::size_t size) noexcept {
  int length;
  if (p == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else {
    const PoolGeometry& g = p->geometry;
    char operation[64] = "average_pool_backward";
    if (g.op == PoolOp::lp) std::snprintf(operation, sizeof operation, "lp_pool_backward p=%s", Number(g.p).text);
    const RingSchedule& s = p->schedule;
    const char* const stages = p->way == SpreadWay::blocks ? "blocks" : p->way == SpreadWay::all ? "all" : s.keeps ? "spread+down" : "spread+merge";
    length = g.empty ? std::snprintf(buffer, size, "%s isa=%s empty tensor: nothing to do", operation, name(p->isa))
                     : std::snprintf(buffer, size,
                                     "%s type=%s isa=%s walk=%s stages=%s%s tasks=%lld strip=%lld rows_kept=%lld "
                                     "worker_bytes=%lld",
                                     operation, name(g.src.type), name(p->isa),
                                     name(g.walk),
                                     g.raises() ? "powers+" : "", stages,
                                     static_cast<long long>(s.tasks), static_cast<long long>(s.strip),
                                     static_cast<long long>(p->way == SpreadWay::rows ? p->slots() : 0), static_cast<long long>(WorkerMemory::bytes_for(p->worker_bytes())));
  }
  return written(length);
}

}  // namespace

Status AveragePoolBackwardPlan::run(ConstElements grad_dst, Elements grad_src,
                                    const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  if (data_->geometry.empty) return {};
  if (const Status s = check_gradients(data_->geometry, grad_dst, grad_src); !s) return s;
  return run_spread(*data_, {grad_dst.data, grad_src.data, nullptr, nullptr}, context);
}

Status LpPoolBackwardPlan::run(ConstElements src, ConstElements dst, ConstElements grad_dst, Elements grad_src,
                               const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const PoolGeometry& g = data_->geometry;
  if (g.empty) return {};
  Status s;
  if (!(s = check_elements("src", src, g.src.type)) || !(s = check_gradients(g, grad_dst, grad_src))) return s;
  if (overlap(g.src, grad_src.data, g.src, src.data)) return invalid("grad_src and src overlap");
  if (data_->divides_by_norm()) {
    if (!(s = check_elements("dst", dst, g.dst.type))) return s;
    if (overlap(g.src, grad_src.data, g.dst, dst.data)) return invalid("grad_src and dst overlap");
  }
  return run_spread(*data_, {grad_dst.data, grad_src.data, src.data, dst.data}, context);
}

std::size_t AveragePoolBackwardPlan::workspace_bytes(const Executor& executor) const noexcept {
  return spread_bytes(data_, executor);
}
std::size_t LpPoolBackwardPlan::workspace_bytes(const Executor& executor) const noexcept {
  return spread_bytes(data_, executor);
}
std::size_t AveragePoolBackwardPlan::explain(char* buffer, std::size_t size) const noexcept {
  return explain_spread(data_, buffer, size);
}
std::size_t LpPoolBackwardPlan::explain(char* buffer, std::size_t size) const noexcept {
  return explain_spread(data_, buffer, size);
}

}  // namespace poolnorm
