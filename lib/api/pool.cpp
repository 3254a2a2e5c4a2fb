// PoolPlan, but for how it is made.
#include <poolnorm/pool.hpp>

#include <cstdio>

#include "api/explain.hpp"
#include "api/plan_data.hpp"
#include "api/pool_run.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {

PoolPlan& PoolPlan::operator=(PoolPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

PoolPlan::~PoolPlan() { delete data_; }

Status PoolPlan::run(ConstElements src, Elements dst, const RunContext& context) const noexcept {
  return data_ == nullptr ? empty_plan() : run_pool(*data_, src, dst, context);
}

std::size_t PoolPlan::workspace_bytes(const Executor& executor) const noexcept {
  return data_ == nullptr ? 0 : pool_workspace_bytes(*data_, executor);
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
  } else if (data_->geometry.raises()) {
    const RingSchedule& s = data_->power.schedule;
    length = std::snprintf(
        buffer, size,
        "pool op=%s type=%s isa=%s walk=%s stages=powers+down+across accumulate=f64 tasks=%lld strip=%lld "
        "rows_kept=%lld worker_bytes=%lld",
        name(data_->geometry), name(data_->geometry.src.type), name(data_->isa),
        name(data_->geometry.walk),
        static_cast<long long>(s.tasks), static_cast<long long>(s.strip), static_cast<long long>(data_->power.slots()),
        static_cast<long long>(data_->worker_bytes()));
  } else {
    const PoolSchedule& s = data_->schedule;
    length = std::snprintf(
        buffer, size,
        "pool op=%s type=%s isa=%s walk=%s stages=%s accumulate=%s tasks=%lld task=%lldx%lldx%lld(slabs,rows,windows) "
        "store=%s worker_bytes=%lld",
        name(data_->geometry), name(data_->geometry.src.type), name(data_->isa),
        name(data_->geometry.walk), name(s),
        data_->reduction->accumulator, static_cast<long long>(s.tasks), static_cast<long long>(s.task_slabs),
        static_cast<long long>(s.task_rows), static_cast<long long>(s.task_windows),
        data_->stream ? "streaming" : "cached", static_cast<long long>(s.worker_bytes()));
  }
  return written(length);
}

Result<TensorDesc> pool_output(const PoolDesc& desc) noexcept {
  PoolGeometry g;
  Status s = check_pool(desc, g);
  if (s && !g.empty) s = choose_pool_walk(g);
  return {s, s ? g.dst : TensorDesc{}};
}

}  // namespace poolnorm
