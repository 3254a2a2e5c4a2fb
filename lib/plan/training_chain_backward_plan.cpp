#include "plan/training_chain_backward_plan.hpp"

#include "dispatch/choose.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {
namespace {

Status check_op(const TrainingChainBackwardDesc& d) noexcept {
  const PoolOp op = d.pool.op;
  if (op == PoolOp::max && !d.with_indices) {
    return invalid("with_indices is false, the gradient of pool.op max (%d) needs them", static_cast<int>(op));
  }
  if (op != PoolOp::min) return {};
  return unsupported(
      "pool.op is min (%d), which has no indices to go back by, must be max (%d), average (%d) or lp (%d)",
      static_cast<int>(op), static_cast<int>(PoolOp::max), static_cast<int>(PoolOp::average),
      static_cast<int>(PoolOp::lp));
}

}  // namespace

Status plan_training_chain_backward(const TrainingChainBackwardDesc& d, const PlanOptions& options,
                                    TrainingChainBackwardPlanData& p) noexcept {
  Status s;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, p.norm.isa))) return s;
  if (!(s = check_tensor("norm.src", d.norm.src, 3))) return s;
  if (d.norm.grad_dst.rank != 0) return invalid("norm.grad_dst is given, it is the pool's to make");
  p.norm.from_pool = true;
  if (!(s = plan_channel_gradient(d.norm, options, p.norm))) return in_part("norm", s);
  PoolDesc pool;
  const TensorDesc& t = p.norm.has_gate ? p.norm.gate : p.norm.dst;
  if (!(s = check_pool_behind(d.pool, d.with_indices, d.indices, d.index_type, d.norm.src, t, pool))) return s;
  if (!(s = check_op(d))) return s;
  p.has_indices = d.with_indices;
  if (p.has_indices) {
    if (!(s = plan_way_back({pool, d.indices, d.index_type}, true, options, p.maximum))) return s;
  } else {
    if (!(s = plan_spread(pool, pool.op, options, p.spread))) return in_part("pool", s);
    if (p.spread.powers != nullptr) return unsupported("pool.p is %s, in a chain it must be 1 or 2", Number(pool.p).text);
    if (p.spread.form.tiled) p.norm.together = tile_rows;
  }
  return p.norm.empty ? Status{} : check_pool_memory(p.pool_bytes());
}

}  // namespace poolnorm
