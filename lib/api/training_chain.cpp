#include <poolnorm/training_chain.hpp>

#include <cstdio>

#include "api/explain.hpp"
#include "api/index_checks.hpp"
#include "api/plan_data.hpp"
#include "api/training_run.hpp"
#include "api/workspace.hpp"
#include "drive/training_chain_drive.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {

struct TrainingChainPlan::Data : TrainingChainPlanData {};

TrainingChainPlan& TrainingChainPlan::operator=(TrainingChainPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

TrainingChainPlan::~TrainingChainPlan() { delete data_; }

Result<TrainingChainPlan> TrainingChainPlan::make(const TrainingChainDesc& desc, const PlanOptions& options) noexcept {
  Result<TrainingChainPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_training_chain(desc, options, data); });
  return result;
}

namespace {

Status check_t(const TrainingChainPlanData& p, const BatchNormTrainingData& d) noexcept {
  if (!p.writes_t) return d.dst.data == nullptr ? Status{} : invalid("norm.dst is given, the plan does not write it");
  Status s;
  if (!(s = check_apart("norm.src", p.norm.src, d.src, p.norm.dst, d.dst, "norm.dst")) || !p.norm.has_residual)
    return s;
  return check_apart("norm.residual", p.norm.residual, d.residual, p.norm.dst, d.dst, "norm.dst");
}

// dst and indices overlap nothing.
Status check_outputs(const TrainingChainPlanData& p, const TrainingChainData& d) noexcept {
  const TensorDesc none;
  const struct {
    const char* name;
    const TensorDesc& tensor;
    const void* data;
  } others[] = {{"norm.src", p.norm.src, d.norm.src.data},
                {"norm.residual", p.norm.has_residual ? p.norm.residual : none, d.norm.residual.data},
                {"norm.dst", p.writes_t ? p.norm.dst : none, d.norm.dst.data},
                {"dst", p.pool().dst, d.dst.data}};
  Status s;
  if (!(s = check_elements("dst", d.dst, p.pool().dst.type))) return s;
  if (p.has_indices && !(s = check_places(p.indices.geometry, d.indices))) return s;
  if (!p.has_indices && d.indices != nullptr) return invalid("indices is given, the plan has none");
  for (const auto& t : others) {
    if (t.data == nullptr) continue;
    if (&t.tensor != &p.pool().dst && overlap(t.tensor, t.data, p.pool().dst, d.dst.data)) {
      return invalid("%s and dst overlap", t.name);
    }
    if (p.has_indices && meets_indices(t.tensor, t.data, p.indices.geometry, d.indices)) {
      return invalid("%s and indices overlap", t.name);
    }
  }
  return {};
}

Status check_data(const TrainingChainPlanData& p, const TrainingChainData& d) noexcept {
  Status s;
  if (!(s = check_elements("norm.src", d.norm.src, p.norm.src.type))) return s;
  if (p.norm.has_residual && !(s = check_elements("norm.residual", d.norm.residual, p.norm.residual.type))) return s;
  if (!(s = check_t(p, d.norm))) return s;
  if (!(s = check_training_inputs(p.norm, d.norm))) return s;
  return check_outputs(p, d);
}

Status drive(const TrainingChainPlanData& p, const ChannelNormRun& norm, const TrainingChainData& d,
             const RunContext& context) noexcept {
  const ChannelNormMemory memory = training_chain_memory(p, worker_count(context.executor));
  char* workspace = nullptr;
  if (const Status s = check_workspace(context, memory.worker, workspace, memory.shared); !s) return s;
  drive_training_chain(p, norm, d.dst.data, d.indices, context.executor, workspace);
  return {};
}

}  // namespace

Status TrainingChainPlan::run(const TrainingChainData& d, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const ChannelNormPlanData& norm = data_->norm;
  if (norm.empty) return {};
  Status s;
  if (!(s = check_data(*data_, d))) return s;
  if (!(s = check_running_statistics(norm, d.norm, norm.population.elements()))) return s;
  return drive(*data_, whole_training_run_of(norm, d.norm), d, context);
}

Status TrainingChainPlan::apply(const Moments* moments, const TrainingChainData& d,
                                const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  if (data_->norm.empty) return {};
  Status s;
  if (!(s = check_moments_of_a_batch(moments, data_->norm.channels)) || !(s = check_data(*data_, d))) return s;
  ChannelNormRun run = training_run_of(d.norm);
  run.given = moments;
  return drive(*data_, run, d, context);
}

std::size_t TrainingChainPlan::workspace_bytes(const Executor& executor) const noexcept {
  if (data_ == nullptr) return 0;
  const ChannelNormMemory memory = training_chain_memory(*data_, worker_count(executor));
  return workspace_size(executor, memory.worker, memory.shared);
}

std::size_t TrainingChainPlan::mask_bytes() const noexcept { return data_ == nullptr ? 0 : mask_bytes_of(data_->norm); }

const TensorDesc& TrainingChainPlan::dst() const noexcept {
  static constexpr TensorDesc none{};
  return data_ == nullptr ? none : data_->pool().dst;
}
const TensorDesc& TrainingChainPlan::indices() const noexcept {
  static constexpr TensorDesc none{};
  return data_ == nullptr ? none : data_->indices.geometry.indices;
}

std::size_t TrainingChainPlan::explain(char* buffer, std::size_t size) const noexcept {
  int length;
  if (data_ == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (data_->norm.empty) {
    length = std::snprintf(buffer, size, "training chain isa=%s empty tensor: nothing to do", name(data_->norm.isa));
  } else {
    const ChainPlanData& chain = data_->chain;
    length = std::snprintf(
        buffer, size,
        "training chain type=%s isa=%s channels=%s leaves=%lld residual=%s mask=%s t=%s unit=%lld(channels) "
        "band=%lld/%lld(rows)%s pool=%s:%s worker_bytes=%lld",
        name(data_->norm.src.type), name(data_->norm.isa), data_->norm.channels_last ? "last" : "first",
        static_cast<long long>(data_->norm.population.leaves()), data_->norm.has_residual ? "tensor" : "none",
        data_->norm.has_mask ? "yes" : "no", data_->writes_t ? "written" : "buffer", static_cast<long long>(chain.unit),
        static_cast<long long>(chain.band), static_cast<long long>(chain.rows()), chain.in_order ? " in_order" : "",
        name(data_->pool()), data_->has_indices ? name(data_->indices) : name(chain.pools[0].pool.schedule),
        static_cast<long long>(chain.worker_bytes()));
  }
  return written(length);
}

}  // namespace poolnorm
