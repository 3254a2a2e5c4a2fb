#include "plan/training_chain_plan.hpp"

#include <memory>

#include "dispatch/choose.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {
namespace {

// The whole pool, with dst given.
Status check_pool_fields(PoolDesc& pool) noexcept {
  PoolGeometry geometry;
  const Status s = check_pool(pool, geometry);
  pool.dst = geometry.dst;
  return s;
}

Status plan_pool_part(const TrainingChainDesc& d, const PoolDesc& pool, const PlanOptions& options,
                      TrainingChainPlanData& p) noexcept {
  ChainSurroundings& around = p.chain.surroundings;
  around.late_map = true;
  around.mask = d.norm.mask;
  around.rows_only = p.norm.rows_only;
  if (d.with_indices) {
    p.indices.geometry.rows_only = p.norm.rows_only;
    if (const Status s = plan_max_indices({pool, d.indices, d.index_type}, options, p.indices); !s) return s;
    if (!p.indices.geometry.pool.empty) around.pool_memory = p.indices.worker_bytes();
    around.least_unit = p.indices.form.tiled ? tile_rows : 1;
  }
  p.norm.together = around.least_unit;
  ChainDesc chain;
  chain.src = d.norm.src;
  chain.residual = d.norm.residual;
  chain.intermediate = d.norm.dst;
  chain.intermediate_type = d.norm.src.type;
  chain.pool_count = 1;
  chain.pools[0].pool = pool;
  chain.pools[0].pool.src = {};
  return plan_chain(chain, options, p.chain);
}

Status plan_parts(const TrainingChainDesc& d, const PlanOptions& options, TrainingChainPlanData& p) noexcept {
  Status s;
  if (!(s = plan_channel_norm(d.norm, options, p.norm))) return in_part("norm", s);
  p.has_indices = d.with_indices;
  p.writes_t = d.norm.dst.rank != 0;
  PoolDesc pool;
  if (!(s = check_pool_behind(d.pool, d.with_indices, d.indices, d.index_type, d.norm.src, p.norm.dst, pool))) return s;
  return plan_pool_part(d, pool, options, p);
}

// Whether the parts chose one walk, each for its own tensors.
bool walk_together(const TrainingChainPlanData& p) noexcept {
  const bool last = p.chain.walk == Walk::channels_last;
  return p.norm.channels_last == last && (!p.has_indices || p.indices.geometry.pool.walk == p.chain.walk);
}

void find_mask(TrainingChainPlanData& p) noexcept {
  const std::int64_t pixel = p.norm.channels_last ? p.norm.channels : 1;
  p.mask_steps[0] = p.norm.image.step[slot_mask];
  p.mask_steps[1] = p.norm.channel.step[slot_mask];
  p.mask_steps[4] = pixel;
  p.mask_steps[3] = p.chain.in[2] * pixel;
  p.mask_steps[2] = p.chain.in[1] * p.chain.in[2] * pixel;
}

}  // namespace

Status check_pool_behind(const PoolDesc& pool, bool with_indices, const TensorDesc& indices, IndexType index_type,
                         const TensorDesc& src, const TensorDesc& t, PoolDesc& checked) noexcept {
  if (const Status s = check_known("index_type", index_type, IndexType::i64); !s) return s;
  if (pool.src.rank != 0) return invalid("pool.src is given, it is the chain's to give");
  if (with_indices && pool.op != PoolOp::max) {
    return invalid("with_indices is true and pool.op is %d, only max (%d) has indices", static_cast<int>(pool.op),
                   static_cast<int>(PoolOp::max));
  }
  if (!with_indices && indices.rank != 0) return invalid("indices is given, with_indices is false");
  checked = pool;
  checked.src = src;
  Status s = check_pool_fields(checked);
  checked.src = t;
  if (s) s = check_pool_fields(checked);
  return s ? s : in_part("pool", s);
}

Status check_pool_memory(std::int64_t bytes) noexcept {
  return bytes <= INT64_MAX / 2 ? Status{} : invalid("the workspace of this chain would exceed 64 bits");
}

Status plan_training_chain(const TrainingChainDesc& d, const PlanOptions& options, TrainingChainPlanData& p) noexcept {
  Status s;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, p.norm.isa))) return s;
  if (!(s = check_tensor("norm.src", d.norm.src, 3))) return s;
  if (!(s = plan_parts(d, options, p))) return s;
  if (p.norm.empty) return {};
  // Channels are not side by side in every part: rows, then, which a last dim of 1 leaves to the others.
  if (!walk_together(p)) {
    if (d.norm.mask && p.norm.channels_last) {
      return unsupported("%s.strides[1] must be 1, as norm.src's is, where there is a mask",
                         p.chain.walk == Walk::channels_last ? "indices" : "pool.dst");
    }
    std::destroy_at(&p);
    std::construct_at(&p)->norm.rows_only = true;
    if (!(s = plan_parts(d, options, p))) return s;
  }
  if (d.norm.mask) find_mask(p);
  return check_pool_memory(p.chain.worker_bytes());
}

}  // namespace poolnorm
