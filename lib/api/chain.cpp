// ChainPlan and the chains by name.
#include <poolnorm/chain.hpp>

#include <cstdio>
#include <cstring>

#include "api/elements.hpp"
#include "api/explain.hpp"
#include "api/plan_data.hpp"
#include "api/workspace.hpp"
#include "drive/chain_drive.hpp"
#include "drive/worker_memory.hpp"
#include "plan/norm_quantization.hpp"
#include "plan/refuse.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

struct ChainPlan::Data : ChainPlanData {};

ChainPlan& ChainPlan::operator=(ChainPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

ChainPlan::~ChainPlan() { delete data_; }

Result<ChainPlan> ChainPlan::make(const ChainDesc& desc, const PlanOptions& options) noexcept {
  Result<ChainPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_chain(desc, options, data); });
  return result;
}

namespace {

Status check_inputs(const ChainPlanData& p, const ChainData& data) noexcept {
  Status s;
  if (!(s = check_elements("src", data.src, p.src.type))) return s;
  if (p.has_residual && data.residual.data == nullptr) return invalid("residual is null, the plan adds one");
  if (p.has_residual && !(s = check_elements("residual", data.residual, p.residual.type))) return s;
  if (!p.has_residual && data.residual.data != nullptr) return invalid("residual is given, the plan has none");
  const bool writes = p.intermediate.rank != 0;
  if (writes && data.intermediate.data == nullptr) return invalid("intermediate is null, the plan writes one");
  if (!writes && data.intermediate.data != nullptr) return invalid("intermediate is given, the plan has none");
  if (!writes) return {};
  const auto apart = [&](const char* field, const TensorDesc& t, const ConstElements& at) {
    return check_apart(field, t, at, p.intermediate, data.intermediate, "intermediate");
  };
  if (!(s = apart("src", p.src, data.src)) || !p.has_residual) return s;
  return apart("residual", p.residual, data.residual);
}

Status check_outputs(const ChainPlanData& p, const ChainData& data) noexcept {
  for (int i = 0; i < p.pool_count; ++i) {
    const TensorDesc& dst = p.pools[i].pool.geometry.dst;
    const auto meets = [&](const TensorDesc& t, const void* at) {
      return at != nullptr && overlap(t, at, dst, data.dst[i].data);
    };
    char field[24];
    std::snprintf(field, sizeof field, "dst[%d]", i);
    if (const Status s = check_elements(field, data.dst[i], p.type); !s) return s;
    if (meets(p.src, data.src.data)) return invalid("dst[%d] and src overlap", i);
    if (meets(p.residual, data.residual.data)) return invalid("dst[%d] and residual overlap", i);
    if (meets(p.intermediate, data.intermediate.data)) return invalid("dst[%d] and intermediate overlap", i);
    for (int j = 0; j < i; ++j) {
      if (meets(p.pools[j].pool.geometry.dst, data.dst[j].data)) return invalid("dst[%d] and dst[%d] overlap", j, i);
    }
  }
  return {};
}

}  // namespace

Status ChainPlan::run(const ChainData& data, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  if (data_->empty) return {};
  if (const Status s = check_inputs(*data_, data); !s) return s;
  if (const Status s = check_outputs(*data_, data); !s) return s;
  char* workspace = nullptr;
  if (const Status s = check_workspace(context, WorkerMemory::bytes_for(data_->worker_bytes()), workspace); !s) return s;
  drive_chain(*data_, data, workspace, context.executor);
  return {};
}

Status ChainPlan::run(ConstElements src, Elements dst, const RunContext& context) const noexcept {
  ChainData data;
  data.src = src;
  data.dst[0] = dst;
  return run(data, context);
}

std::size_t ChainPlan::workspace_bytes(const Executor& executor) const noexcept {
  return data_ == nullptr || data_->empty ? 0 : workspace_size(executor, WorkerMemory::bytes_for(data_->worker_bytes()));
}

const TensorDesc& ChainPlan::dst(int i) const noexcept {
  static constexpr TensorDesc none{};
  return data_ == nullptr || i < 0 || i >= data_->pool_count ? none : data_->pools[i].pool.geometry.dst;
}

std::size_t ChainPlan::explain(char* buffer, std::size_t size) const noexcept {
  if (data_ == nullptr || data_->empty) {
    const int length = data_ == nullptr
                           ? std::snprintf(buffer, size, "no plan")
                           : std::snprintf(buffer, size, "chain isa=%s empty tensor: nothing to do", name(data_->isa));
    return written(length);
  }
  const ChainPlanData& p = *data_;
  const char* const loads[] = {"none", "commuted", "both", "flipped", "registers", "buffer", "intermediate"};
  std::size_t length = 0;
  const auto add = [&](const char* format, auto... values) {
    const bool room = length < size;
    const int n = std::snprintf(room ? buffer + length : nullptr, room ? size - length : 0, format, values...);
    if (n > 0) length += static_cast<std::size_t>(n);
  };
  add("chain isa=%s type=%s walk=%s norm=%s residual=%s tasks=%lld unit=%lld(channels) band=%lld/%lld(rows)%s pools=",
      name(p.isa), name(p.type), name(p.walk),
      loads[static_cast<int>(p.load)], p.has_residual ? "tensor" : "none", static_cast<long long>(p.tasks),
      static_cast<long long>(p.unit), static_cast<long long>(p.band), static_cast<long long>(p.rows()),
      p.in_order ? " in_order" : "");
  for (int i = 0; i < p.pool_count; ++i) {
    const PoolPlanData& pool = p.pools[i].pool;
    add("%s%s:%s", i == 0 ? "" : ",", name(pool.geometry), name(pool.schedule));
  }
  add(" worker_bytes=%lld", static_cast<long long>(p.worker_bytes()));
  return length;
}

Status chain(const ChainDesc& desc, const ChainData& data) noexcept {
  Result<ChainPlan> plan = ChainPlan::make(desc);
  if (!plan) return plan.status;
  OwnWorkspace workspace(plan->workspace_bytes(default_executor()));
  return workspace.ok() ? plan->run(data, workspace.context()) : out_of_memory();
}

namespace {

ChainDesc chain_of(const BatchNormDesc& norm) noexcept {
  ChainDesc d;
  d.src = norm.src;
  d.intermediate_type = norm.src.type;
  d.residual = norm.residual;
  d.before = Affine::batch_norm(norm.mean, norm.variance, norm.gamma, norm.beta, norm.epsilon);
  d.activation = norm.activation;
  d.src_quantization = norm.src_quantization;
  d.intermediate_quantization = norm.dst_quantization;
  d.rounding = norm.rounding;
  return d;
}

// A pool that keeps t's quantisation.
void keep_quantization(const BatchNormDesc& norm, ChainPool& p) noexcept {
  p.pool.src_quantization = p.pool.dst_quantization = norm.dst_quantization;
  p.pool.rounding = norm.rounding;
}

// A refusal of a chain's field, in the names of the arguments.
Status in_arguments(const Status& status) noexcept {
  constexpr struct {
    const char *field, *argument;
  } names[] = {{"before.", "norm."}, {"pools[0].", "window."}, {"activation.", "norm.activation."}, {"src.", "norm.src."}};
  for (const auto& n : names) {
    const std::size_t length = std::strlen(n.field);
    if (std::strncmp(status.message, n.field, length) != 0) continue;
    Status renamed;
    renamed.code = status.code;
    std::snprintf(renamed.message, sizeof renamed.message, "%s%.*s", n.argument, Status::message_size - 32, status.message + length);
    return renamed;
  }
  return status;
}

Status run_named(const BatchNormDesc& norm, const ChainDesc& d, ConstElements src, Elements dst) noexcept {
  if (norm.dst.rank != 0) return invalid("norm.dst is given, it is not written here");
  if (norm.residual.rank != 0) return invalid("norm.residual is given, this chain has none");
  // What a norm asks for, a chain may do without.
  if (norm.src.rank >= 2 && norm.src.dims[1] > 0 && norm.mean.size == 0) return invalid("norm.mean is not given");
  if (const Status s = check_norm_quantization(quantization_of(norm), norm.src, norm.src, {}); !s) return in_part("norm", s);
  ChainData data;
  data.src = src;
  data.dst[0] = dst;
  return in_arguments(chain(d, data));
}

}  // namespace

Status fused_stem(const BatchNormDesc& norm, ConstElements src, Elements dst, const Window& window) noexcept {
  ChainDesc d = chain_of(norm);
  keep_quantization(norm, d.add(PoolOp::max, window));
  return run_named(norm, d, src, dst);
}

Status fused_head(const BatchNormDesc& norm, ConstElements src, Elements dst) noexcept {
  ChainDesc d = chain_of(norm);
  keep_quantization(norm, d.add_global(PoolOp::average));
  return run_named(norm, d, src, dst);
}

Status fused_transition(const BatchNormDesc& norm, ConstElements src, Elements dst, const Window& window) noexcept {
  ChainDesc d = chain_of(norm);
  keep_quantization(norm, d.add(PoolOp::average, window));
  return run_named(norm, d, src, dst);
}

Status fused_residual(const BatchNormDesc& norm, ConstElements src, ConstElements residual, Elements dst) noexcept {
  BatchNormDesc d = norm;
  if (d.residual.rank == 0) d.residual = d.src;
  return batch_norm(d, src, dst, residual);
}

}  // namespace poolnorm
