#include <poolnorm/training_chain.hpp>

#include <cstdio>

#include "api/explain.hpp"
#include "api/gradient_checks.hpp"
#include "api/index_checks.hpp"
#include "api/plan_data.hpp"
#include "api/workspace.hpp"
#include "drive/training_chain_backward_drive.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {

struct TrainingChainBackwardPlan::Data : TrainingChainBackwardPlanData {};

TrainingChainBackwardPlan& TrainingChainBackwardPlan::operator=(TrainingChainBackwardPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

TrainingChainBackwardPlan::~TrainingChainBackwardPlan() { delete data_; }

Result<TrainingChainBackwardPlan> TrainingChainBackwardPlan::make(const TrainingChainBackwardDesc& desc,
                                                                  const PlanOptions& options) noexcept {
  Result<TrainingChainBackwardPlan> result;
  result.status =
      make_data(result.value.data_, [&](Data& data) { return plan_training_chain_backward(desc, options, data); });
  return result;
}

namespace {

// What a run writes is apart from all else.
Status check_written(const TrainingChainBackwardPlanData& p, const TrainingChainBackwardData& d, const char* name,
                     const TensorDesc& tensor, const Elements& to) noexcept {
  Status s;
  if (!(s = check_disjoint("norm.src", p.norm.src, d.norm.src, name, tensor, to))) return s;
  if (!(s = check_disjoint("grad_dst", p.pool().dst, d.grad_dst, name, tensor, to))) return s;
  if (p.reads_t() && !(s = check_disjoint("t", p.pool().src, d.t, name, tensor, to))) return s;
  if (p.reads_dst() && !(s = check_disjoint("dst", p.pool().dst, d.dst, name, tensor, to))) return s;
  if (p.has_indices && meets_indices(tensor, to.data, p.maximum.scatter.geometry, d.indices)) {
    return invalid("%s and indices overlap", name);
  }
  return {};
}

// Whether t and dst are there as the plan wants them.
Status check_forward_given(const TrainingChainBackwardPlanData& p, const TrainingChainBackwardData& d) noexcept {
  if (p.reads_t() != (d.t.data != nullptr)) {
    return p.reads_t() ? invalid("t is null, the gradient of pool.op lp reads what the forward chain wrote in norm.dst")
                       : invalid("t is given, the plan does not read it");
  }
  if (p.reads_dst() == (d.dst.data != nullptr)) return {};
  return p.reads_dst() ? invalid("dst is null, the gradient of pool.p %s reads what the forward chain wrote there",
                                 Number(p.pool().p).text)
                       : invalid("dst is given, the plan does not read it");
}

Status check_data(const TrainingChainBackwardPlanData& p, const TrainingChainBackwardData& d) noexcept {
  Status s;
  if (d.norm.grad_dst.data != nullptr) return invalid("norm.grad_dst is given, it is the pool's to make");
  if (p.has_indices && !(s = check_places(p.maximum.scatter.geometry, d.indices))) return s;
  if (!p.has_indices && d.indices != nullptr) return invalid("indices is given, the plan has none");
  if (!(s = check_forward_given(p, d))) return s;
  if (!(s = check_written(p, d, "norm.grad_src", p.norm.dst, d.norm.grad_src))) return s;
  if (!(s = check_gradient_arrays(p.norm, d.norm)) || !(s = check_behind_mask_given(p.norm, d.norm))) return s;
  if (!p.norm.training && !(s = check_needed(p.norm.data, "variance", d.norm.variance, p.norm.channels))) return s;
  if (!p.norm.has_gate) return {};
  if (!(s = check_written(p, d, "norm.grad_residual", p.norm.gate, d.norm.grad_residual))) return s;
  return check_disjoint("norm.grad_src", p.norm.dst, d.norm.grad_src, "norm.grad_residual", p.norm.gate,
                        d.norm.grad_residual);
}

}  // namespace

Status TrainingChainBackwardPlan::run(const TrainingChainBackwardData& d, const RunContext& context,
                                      std::int64_t* skipped) const noexcept {
  if (data_ == nullptr) return empty_plan();
  std::int64_t count = 0;
  if (!data_->norm.empty) {
    if (const Status s = check_data(*data_, d); !s) return s;
    const ChannelNormMemory memory = training_chain_backward_memory(*data_, worker_count(context.executor));
    char* workspace = nullptr;
    if (const Status s = check_workspace(context, memory.worker, workspace, memory.shared); !s) return s;
    ChannelGradientRun run = gradient_run_of(d.norm);
    run.grad_dst = d.grad_dst.data;
    const ForwardPool forward{d.t.data, d.dst.data, d.indices};
    count = drive_training_chain_backward(*data_, run, forward, context.executor, workspace);
  }
  if (skipped != nullptr) *skipped = count;
  return {};
}

std::size_t TrainingChainBackwardPlan::workspace_bytes(const Executor& executor) const noexcept {
  if (data_ == nullptr) return 0;
  const ChannelNormMemory memory = training_chain_backward_memory(*data_, worker_count(executor));
  return workspace_size(executor, memory.worker, memory.shared);
}

std::size_t TrainingChainBackwardPlan::explain(char* buffer, std::size_t size) const noexcept {
  int length;
  if (data_ == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (data_->norm.empty) {
    length = std::snprintf(buffer, size, "training chain backward isa=%s empty tensor: nothing to do",
                           name(data_->norm.isa));
  } else {
    const ChannelNormPlanData& norm = data_->norm;
    length = std::snprintf(
        buffer, size,
        "training chain backward type=%s isa=%s channels=%s statistics=%s mask=%s pool=%s:%s gradient_in=%s store=%s "
        "worker_bytes=%lld",
        name(norm.src.type), name(norm.isa), norm.channels_last ? "last" : "first", norm.training ? "batch" : "running",
        norm.has_mask ? "yes" : "no", name(data_->pool()),
        !data_->has_indices             ? "spread"
        : !data_->maximum.collects      ? "scatter"
        : data_->maximum.collect.blocks ? "blocks"
                                        : "collect",
        norm.has_gate ? "grad_residual" : "grad_src", norm.stream ? "streaming" : "cached",
        static_cast<long long>(data_->pool_bytes()));
  }
  return written(length);
}

}  // namespace poolnorm
