// PoolPlan and the poolings by name.
#include <poolnorm/pool.hpp>

#include <cstdio>

#include "api/elements.hpp"
#include "api/plan_data.hpp"
#include "api/workspace.hpp"
#include "drive/pool_drive.hpp"
#include "plan/pool_plan.hpp"
#include "plan/refuse.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

struct PoolPlan::Data : PoolPlanData {};

PoolPlan& PoolPlan::operator=(PoolPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

PoolPlan::~PoolPlan() { delete data_; }

Result<PoolPlan> PoolPlan::make(const PoolDesc& desc, const PlanOptions& options) noexcept {
  Result<PoolPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_pool(desc, options, data); });
  return result;
}

Status PoolPlan::run(ConstElements src, Elements dst, const RunContext& context) const noexcept {
  if (data_ == nullptr) return invalid("the plan is empty: make() it first");
  if (data_->geometry.empty) return {};
  const PoolGeometry& g = data_->geometry;
  if (const Status s = check_elements("src", src, g.src.type); !s) return s;
  if (const Status s = check_elements("dst", dst, g.dst.type); !s) return s;
  if (overlap(g.src, src.data, g.dst, dst.data)) return invalid("src and dst overlap");
  char* workspace = nullptr;
  if (const Status s = check_workspace(context, data_->schedule.worker_bytes(), workspace); !s) return s;
  drive_pool(*data_, src.data, dst.data, workspace, context.executor);
  return {};
}

std::size_t PoolPlan::workspace_bytes(const Executor& executor) const noexcept {
  return data_ == nullptr || data_->geometry.empty ? 0 : workspace_size(executor, data_->schedule.worker_bytes());
}

const TensorDesc& PoolPlan::dst() const noexcept {
  static constexpr TensorDesc none{};
  return data_ == nullptr ? none : data_->geometry.dst;
}

std::size_t PoolPlan::explain(char* buffer, std::size_t size) const noexcept {
  int length;
  if (data_ == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (data_->geometry.empty) {
    length = std::snprintf(buffer, size, "pool isa=%s empty tensor: nothing to do", name(data_->isa));
  } else {
    const PoolSchedule& s = data_->schedule;
    length = std::snprintf(
        buffer, size,
        "pool op=%s type=%s isa=%s walk=%s stages=%s accumulate=%s tasks=%lld task=%lldx%lldx%lld(slabs,rows,windows) "
        "store=%s worker_bytes=%lld",
        name(data_->geometry), name(data_->geometry.src.type), name(data_->isa),
        data_->geometry.walk == Walk::channels_first ? "channels_first" : "channels_last", name(s),
        data_->reduction->accumulator, static_cast<long long>(s.tasks), static_cast<long long>(s.task_slabs),
        static_cast<long long>(s.task_rows), static_cast<long long>(s.task_windows),
        data_->stream ? "streaming" : "cached", static_cast<long long>(s.worker_bytes()));
  }
  return length < 0 ? 0 : static_cast<std::size_t>(length);
}

Result<TensorDesc> pool_output(const PoolDesc& desc) noexcept {
  PoolGeometry g;
  Status s = check_pool(desc, g);
  if (s && !g.empty) s = choose_walk(g);
  return {s, s ? g.dst : TensorDesc{}};
}

Status pool(const PoolDesc& desc, ConstElements src, Elements dst) noexcept {
  Result<PoolPlan> plan = PoolPlan::make(desc);
  if (!plan) return plan.status;
  OwnWorkspace workspace(plan->workspace_bytes(default_executor()));
  return workspace.ok() ? plan->run(src, dst, workspace.context()) : out_of_memory();
}

namespace {

Status sliding(PoolOp op, ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window,
               Divisor divisor, double p = 2) noexcept {
  PoolDesc d;
  d.op = op;
  d.src = src_desc;
  d.window = window;
  d.divisor = divisor;
  d.p = p;
  return pool(d, src, dst);
}

Status whole(PoolOp op, PoolKind kind, ConstElements src, const TensorDesc& src_desc, Elements dst,
             const Spatial& output, double p = 2) noexcept {
  PoolDesc d;
  d.op = op;
  d.p = p;
  d.kind = kind;
  d.src = src_desc;
  d.output = output;
  return pool(d, src, dst);
}

}  // namespace

Status max_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window) noexcept {
  return sliding(PoolOp::max, src, src_desc, dst, window, Divisor::padded);
}
Status min_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window) noexcept {
  return sliding(PoolOp::min, src, src_desc, dst, window, Divisor::padded);
}
Status average_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window,
                    Divisor divisor) noexcept {
  return sliding(PoolOp::average, src, src_desc, dst, window, divisor);
}
Status lp_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window, double p) noexcept {
  return sliding(PoolOp::lp, src, src_desc, dst, window, Divisor::padded, p);
}
Status adaptive_max_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Spatial& output) noexcept {
  return whole(PoolOp::max, PoolKind::adaptive, src, src_desc, dst, output);
}
Status adaptive_average_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Spatial& output) noexcept {
  return whole(PoolOp::average, PoolKind::adaptive, src, src_desc, dst, output);
}
Status global_max_pool(ConstElements src, const TensorDesc& src_desc, Elements dst) noexcept {
  return whole(PoolOp::max, PoolKind::global, src, src_desc, dst, {});
}
Status global_average_pool(ConstElements src, const TensorDesc& src_desc, Elements dst) noexcept {
  return whole(PoolOp::average, PoolKind::global, src, src_desc, dst, {});
}
Status global_lp_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, double p) noexcept {
  return whole(PoolOp::lp, PoolKind::global, src, src_desc, dst, {}, p);
}

}  // namespace poolnorm
