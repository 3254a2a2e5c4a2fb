#include "plan/chain_plan.hpp"

#include <algorithm>
#include <iterator>

#include "dispatch/choose.hpp"
#include "dispatch/norm_kernels.hpp"
#include "dispatch/pool_kernels.hpp"
#include "plan/cascade.hpp"
#include "plan/chain_quantization.hpp"
#include "plan/commute.hpp"
#include "plan/fold.hpp"
#include "plan/norm_quantization.hpp"
#include "plan/parameters.hpp"
#include "plan/quantization.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"
#include "plan/walk.hpp"

namespace poolnorm {
namespace {

using ll = long long;

Status check_affine(const char* prefix, const Affine& a, const ChainPlanData& p) noexcept {
  const ElementType wanted = parameter_type(p.type);
  if (a.is_batch_norm() && a.is_scale_shift()) {
    return invalid("%sscale or shift is given beside a batch norm, must be one of the two", prefix);
  }
  return a.is_batch_norm() ? check_batch_norm(prefix, a, p.c, wanted) : check_scale_shift(prefix, a, p.c, wanted);
}

// A map needs norms of the type.
Status check_has_norms(const char* field, ElementType type, const ChainPlanData& p) noexcept {
  if (norm_kernels(p.isa, type) != nullptr) return {};
  return unsupported("%s is %s, which this build has no norms of", field, name(type));
}

bool acts(const Activation& a) noexcept { return a.kind != ActivationKind::none; }

// Of t; of both 8-bit types where it is not src.
Status check_intermediate_type(const ChainDesc& d, const ChainPlanData& p) noexcept {
  const ElementType t = d.intermediate_type;
  if (size_of(t) == 0) return invalid("intermediate_type is %d, no known element type", static_cast<int>(t));
  const bool bytes = quantized(t) && quantized(d.src.type);
  if (t == d.src.type || (bytes && (p.has_map || p.empty))) return {};
  if (bytes) return unsupported("intermediate_type is %s, src has %s, and nothing makes t another tensor", name(t), name(d.src.type));
  return unsupported("intermediate_type is %s, src has %s: chains keep to one type, set it to src's", name(t), name(d.src.type));
}

Status check_tensors(const ChainDesc& d, ChainPlanData& p) noexcept {
  Status s;
  if (!(s = check_tensor("src", d.src, 3))) return s;
  p.has_residual = d.residual.rank != 0;
  p.has_map = p.surroundings.late_map || d.before.given() || p.has_residual || acts(d.activation);
  p.has_copy = !p.has_map && d.intermediate.rank != 0;
  p.n = d.src.dims[0];
  p.c = d.src.dims[1];
  p.empty = p.n == 0 || p.c == 0;
  if (!(s = check_intermediate_type(d, p))) return s;
  p.type = d.intermediate_type;
  p.element_bytes = size_of(p.type);
  p.kernels = norm_kernels(p.isa, p.type);
  if (p.has_residual) {
    if (!(s = check_tensor("residual", d.residual, 3, true)) || !(s = check_same_dims("residual", d.residual, d.src))) {
      return s;
    }
    if (!quantized(p.type) || !quantized(d.residual.type)) {
      if (!(s = check_same_type("residual", d.residual, d.src))) return s;
    }
  }
  if (d.intermediate.rank != 0) {
    if (!(s = check_tensor("intermediate", d.intermediate, 3))) return s;
    if (d.intermediate.type != p.type) {
      return invalid("intermediate has %s, intermediate_type is %s", name(d.intermediate.type), name(p.type));
    }
    if (!(s = check_same_dims("intermediate", d.intermediate, d.src))) return s;
    if (!(s = check_no_overlap("intermediate", d.intermediate))) return s;
  }
  p.src = d.src;
  p.residual = d.residual;
  p.intermediate = d.intermediate;
  for (int i = 2; i < d.src.rank; ++i) p.in[i - 2 + max_rank - d.src.rank] = d.src.dims[i];
  spread_strides(p.src, p.src_strides);
  spread_strides(p.residual, p.residual_strides);
  spread_strides(p.intermediate, p.intermediate_strides);
  if (p.has_map && !(s = check_has_norms("src.type", p.src.type, p))) return s;
  if (p.has_map && !(s = check_has_norms("intermediate_type", p.type, p))) return s;
  if (p.has_residual && !(s = check_has_norms("residual.type", p.residual.type, p))) return s;
  if (!(s = check_affine("before.", d.before, p))) return s;
  if (!(s = check_activation("", d.activation))) return s;
  return check_chain_quantization(d, p);
}

Status check_chain_pool(const ChainDesc& d, int i, ChainPlanData& p) noexcept {
  const ChainPool& from = d.pools[i];
  ChainPoolData& to = p.pools[i];
  if (from.of < -1 || from.of >= i) return invalid("of is %d, must be -1 or an earlier pool", from.of);
  if (from.pool.src.rank != 0) return invalid("pool.src is given, it is the chain's to give");
  PoolDesc desc = from.pool;
  desc.src = from.of < 0 ? d.src : p.pools[from.of].pool.geometry.dst;
  desc.src.type = p.type;
  to.of = from.of;
  to.pool.isa = p.isa;
  if (const Status s = check_pool(desc, to.pool.geometry); !s) return s;
  if (const Status s = check_affine("after.", from.after, p); !s) return s;
  if (const Status s = check_activation("", from.activation); !s) return s;
  to.has_after = from.after.given() || acts(from.activation);
  if (to.has_after) {
    if (const Status s = check_has_norms("intermediate_type", p.type, p); !s) return s;
  }
  if (const Status s = check_pool_quantization(d, i, p); !s) return s;
  find_dense(to.pool.geometry, to.dense);
  if (to.of < 0 || p.empty || p.pools[to.of].has_after) return {};
  std::copy(std::begin(p.pools[to.of].dense), std::end(p.pools[to.of].dense), to.dense);
  thin_out(p.pools[to.of].pool.geometry, to.dense, to.pool.geometry);
  return {};
}

Status choose_chain_walk(ChainPlanData& p) noexcept {
  WalkedTensor tensors[3 + max_chain_pools] = {
      {"src", &p.src}, {"residual", &p.residual, true}, {"intermediate", &p.intermediate}};
  for (int i = 0; i < p.pool_count; ++i) tensors[3 + i] = {"a pool's dst", &p.pools[i].pool.geometry.dst};
  if (const Status s = choose_walk(tensors, 3 + p.pool_count, p.surroundings.rows_only, p.walk); !s) return s;
  for (int i = 0; i < p.pool_count; ++i) p.pools[i].pool.geometry.walk = p.walk;
  return {};
}

Status make_maps(const ChainDesc& d, ChainPlanData& p) noexcept {
  const std::int64_t repeats = p.walk == Walk::channels_last ? repeats_for(p.c) : 1;
  TensorDesc t;
  t.type = p.type;
  if (p.has_map && !p.surroundings.late_map) {
    const NormQuantization q{d.src_quantization, d.intermediate_quantization, d.residual_quantization, d.rounding};
    const Status s = p.before.make(d.before, d.activation, p.c, repeats, p.src, t, p.residual, q);
    if (!s) return in_part("before", s);
  }
  for (int i = 0; i < p.pool_count; ++i) {
    const ChainPool& from = d.pools[i];
    if (!p.pools[i].has_after) continue;
    const NormQuantization q{from.pool.dst_quantization, from.after_quantization, {}, d.rounding};
    const Status s = p.pools[i].after.make(from.after, from.activation, p.c, repeats, t, t, {}, q);
    if (!s) return in_stage("pools", i, in_part("after", s));
  }
  return {};
}

// As far as one can tell before the stages are known.
bool maps_in_registers(const ChainPlanData& p) noexcept {
  return p.type == ElementType::f32 && p.has_map && !p.surroundings.late_map && !p.has_residual && p.pool_count == 1 &&
         p.before.bounded();
}

// Whether the one pool leaves so few outputs that another pool costs less than a map of all inputs.
bool shrinks(const ChainPlanData& p) noexcept {
  return p.pool_count == 1 && p.pools[0].pool.geometry.dst.elements() <= p.src.elements() / 2;
}

// Bytes of pixels of channels that rise and fall.
Status mark_falling(ChainPlanData& p) noexcept {
  if (!p.falls.allocate(p.c * p.element_bytes)) return out_of_memory();
  for (std::int64_t b = 0; b < p.c * p.element_bytes; ++b) {
    p.falls[b] = p.orders[b / p.element_bytes] == ChannelOrder::falling ? 255 : 0;
  }
  return {};
}

// The map behind the pools where it may be there; channels that lie side by side have one form.
Status choose_load(ChainPlanData& p) noexcept {
  p.load = p.intermediate.rank != 0 && p.has_map ? ChainLoad::intermediate
           : maps_in_registers(p)                ? ChainLoad::registers
           : p.has_map                           ? ChainLoad::buffer
                                                 : ChainLoad::none;
  if (p.surroundings.late_map || !may_commute(p)) return {};
  if (!p.orders.allocate(p.c)) return out_of_memory();
  find_orders(p.before, p.c, p.orders.data());
  // rising is 0, falling 1, direct 2: counted without a branch.
  std::int64_t falling = 0, direct = 0;
  for (std::int64_t c = 0; c < p.c; ++c) {
    falling += static_cast<std::int64_t>(p.orders[c]) & 1;
    direct += static_cast<std::int64_t>(p.orders[c]) >> 1;
  }
  const std::int64_t rising = p.c - falling - direct;
  const bool first = p.walk == Walk::channels_first;
  if (maps_in_registers(p) && !first && rising + falling == p.c && rising > 0 && falling > 0) {
    p.load = ChainLoad::flipped;
  } else if (rising == p.c || falling == p.c || (first && rising + falling > 0)) {
    p.load = ChainLoad::commuted;
  } else if (direct == 0 && shrinks(p)) {
    p.load = ChainLoad::both;
    return mark_falling(p);
  }
  return {};
}

Status too_large() noexcept { return invalid("the workspace of this chain would exceed 64 bits"); }

// What a run moves, and where each pool's workspace is. False when it would not fit 64 bits.
bool count_bytes(ChainPlanData& p) noexcept {
  const std::int64_t elements = p.src.elements() * p.element_bytes;
  Checked bytes = Checked(elements) * (1 + (p.has_residual ? 1 : 0) + (p.intermediate.rank != 0 ? 1 : 0));
  Checked memory = 0;
  for (int i = 0; i < p.pool_count; ++i) {
    p.pools[i].memory = memory.value();
    const std::int64_t own = i == 0 ? p.surroundings.pool_memory : 0;
    memory = memory + (own != 0 ? own : p.pools[i].pool.schedule.worker_bytes());
    bytes = bytes + p.pools[i].pool.geometry.dst.elements() * p.element_bytes;
  }
  p.bytes = bytes.value();
  p.ahead = comes_from_memory(p.bytes);
  p.pool_bytes = memory.value();
  return (memory + p.buffer_bytes).fits();
}

// Units and bands, then the pools over them.
Status plan_stages(StorePolicy store, ChainPlanData& p) noexcept {
  if (!schedule_chain(p)) return too_large();
  for (int i = 0; i < p.pool_count; ++i) {
    ChainPoolData& pool = p.pools[i];
    if (const Status s = plan_checked_pool(store, p.unit, pool_kernels, pool.pool); !s) return in_stage("pools", i, s);
    // What is read again in the same run stays in the cache.
    if (pool.has_after || p.load == ChainLoad::commuted || p.load == ChainLoad::both) pool.pool.stream = false;
    if (p.load == ChainLoad::buffer || p.load == ChainLoad::intermediate || pool.of >= 0) pool.pool.ahead = false;
    if (pool.of >= 0) p.pools[pool.of].pool.stream = false;
  }
  return {};
}

// Whether the pool's stages can flip inputs as they load them, and map results.
bool can_flip(const PoolPlanData& pool) noexcept {
  const ReductionKernels& k = *pool.reduction;
  switch (pool.schedule.stages) {
    case PoolStages::direct: return k.direct.flipped != nullptr;
    case PoolStages::rolling: return k.rolling.flipped != nullptr;
    case PoolStages::alone: return k.alone.flipped != nullptr;
    default: return false;
  }
}

// Whether they can map inputs as they load them, and load none more often than it pays.
bool can_map(const PoolPlanData& pool) noexcept {
  const PoolGeometry& g = pool.geometry;
  // Of one input.
  const auto loads = [](const Axis& a) { return a.adaptive ? 2 : ceil_div(a.kernel, std::min(a.stride, a.kernel)); };
  const std::int64_t times = (Checked(loads(g.d())) * loads(g.h())).value();
  const ReductionKernels& k = *pool.reduction;
  switch (pool.schedule.stages) {
    case PoolStages::direct: return k.direct.mapped != nullptr && times <= 3;
    case PoolStages::rolling: return k.rolling.mapped != nullptr && times <= 3;
    case PoolStages::alone: return k.alone.mapped != nullptr && times <= 3;
    case PoolStages::global: return k.mapped_global != nullptr;
    case PoolStages::narrow:
      return k.mapped_narrow != nullptr && g.h().kernel == 2 && g.h().taps(0).count == 2 &&
             g.h().taps(g.h().out - 1).count == 2;
    default: break;
  }
  if (pool.schedule.sliding) return false;
  const bool wide = g.walk == Walk::channels_first || pool.schedule.strip >= vector_multiple;
  return k.mapped_columns != nullptr && wide && times <= 2;
}

}  // namespace

std::int64_t ChainPlanData::ready(int pool, std::int64_t end) const noexcept {
  const Axis& a = axis(pool);
  if (end >= a.in) return a.out;
  std::int64_t low = 0, high = a.out;
  while (low < high) {
    const std::int64_t o = low + (high - low) / 2;
    a.end_input(o) <= end ? low = o + 1 : high = o;
  }
  return low;
}

std::int64_t ChainPlanData::first_row(int pool, std::int64_t from) const noexcept {
  const Axis& a = axis(pool);
  return from < a.out ? a.first_input(from) : a.in;
}

Status plan_chain(const ChainDesc& d, const PlanOptions& options, ChainPlanData& p) noexcept {
  Status s;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, p.isa))) return s;
  if (d.pool_count < 1 || d.pool_count > max_chain_pools) {
    return invalid("pool_count is %d, must be 1 to %d", d.pool_count, max_chain_pools);
  }
  if (!(s = check_tensors(d, p))) return s;
  p.pool_count = d.pool_count;
  for (int i = 0; i < p.pool_count; ++i) {
    if (!(s = check_chain_pool(d, i, p))) return in_stage("pools", i, s);
  }
  if (p.empty) return {};
  if (!(s = choose_chain_walk(p))) return s;
  if (!(s = make_maps(d, p))) return s;
  if (!(s = choose_load(p))) return s;

  if (!(s = plan_stages(options.store, p))) return s;
  if (p.load == ChainLoad::flipped && !can_flip(p.pools[0].pool)) {
    p.load = ChainLoad::registers;
    if (!(s = plan_stages(options.store, p))) return s;
  }
  if (p.load == ChainLoad::registers && !can_map(p.pools[0].pool)) {
    p.load = ChainLoad::buffer;
    if (!(s = plan_stages(options.store, p))) return s;
  }
  if (!count_bytes(p)) return too_large();
  return {};
}

}  // namespace poolnorm
