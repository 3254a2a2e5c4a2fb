// Chains: a norm, a residual and an activation, then pools, in one pass over memory.
//   t = act(norm(src) [+ residual])            every part optional
//   dst[i] = act_i(after_i(pool_i(t)))         after_i and act_i optional
// Results are, bit for bit, those of the calls one by one (norm.hpp, pool.hpp) with t stored as intermediate_type.
// All tensors of a chain have one type, and t has it too; but src and residual of s8 or u8 may each be of either,
// whichever t and every dst have. Each of these has a quantisation, as the calls one by one have:
//   src --src_quantization--> t --intermediate_quantization--> pools[i].pool.src_quantization
//   pools[i].pool.dst_quantization --after and activation--> pools[i].after_quantization
// What a pool reads has one quantisation, and both of its names must agree; but where t is src and src_quantization
// is not given, pools alone say what they read. Padding belongs to the pools: a padded tap is no element of t.
#pragma once

#if defined(POOLNORM_WITHOUT_CHAINS)
#error "this build of poolnorm has no chains: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/norm.hpp>
#include <poolnorm/pool.hpp>

namespace poolnorm {

inline constexpr int max_chain_pools = 8;

struct ChainPool {
  PoolDesc pool;          // its src is not given: the chain gives it
  int of = -1;            // pools t, or the dst of an earlier pool: SPPF's cascade, pool 9 = pool 5 of pool 5
  Affine after;           // on the pool's output
  Activation activation;  // after that
  // s8 and u8: of dst, where `after` or `activation` is given; else pool.dst_quantization.
  Quantization after_quantization;
};

struct ChainDesc {
  TensorDesc src;
  Affine before;        // not given: t is src, or what residual and activation make of it
  TensorDesc residual;  // not given: none. A stride of 0 broadcasts along that dim
  Activation activation;
  TensorDesc intermediate;  // given: t is written here too (a U-Net's skip; training). May be src in place
  // Of t, written or not. Must be src.type (or either of s8 and u8, where a norm, residual or activation makes t):
  // set it for every chain that is not f32, even where t is not written.
  ElementType intermediate_type = ElementType::f32;
  ChainPool pools[max_chain_pools];
  int pool_count = 0;
  // s8 and u8 only. t's, if given, must be src's where t is src.
  Quantization src_quantization, residual_quantization, intermediate_quantization;
  Rounding rounding = Rounding::half_to_even;  // of t, and of what follows pools

  // Appends a pool; the result may be refined. More than max_chain_pools are refused by make().
  ChainPool& add(PoolOp op, const Window& window) noexcept { return append(op, PoolKind::sliding, window, {}); }
  ChainPool& add_adaptive(PoolOp op, const Spatial& output) noexcept {
    return append(op, PoolKind::adaptive, {}, output);
  }
  ChainPool& add_global(PoolOp op) noexcept { return append(op, PoolKind::global, {}, {}); }

 private:
  ChainPool& append(PoolOp op, PoolKind kind, const Window& window, const Spatial& output) noexcept {
    ChainPool& p = pools[pool_count < max_chain_pools ? pool_count : max_chain_pools - 1];
    ++pool_count;
    p = ChainPool{};
    p.pool.op = op;
    p.pool.kind = kind;
    p.pool.window = window;
    p.pool.output = output;
    return p;
  }
};

// The data of one run; null where the chain has no such tensor.
struct ChainData {
  ConstElements src = nullptr;
  ConstElements residual = nullptr;
  Elements intermediate = nullptr;
  Elements dst[max_chain_pools] = {nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
};

// A checked, immutable plan: make once, run often, from any number of threads at once.
class POOLNORM_API ChainPlan {
 public:
  ChainPlan() = default;
  ChainPlan(ChainPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  ChainPlan& operator=(ChainPlan&& other) noexcept;
  ~ChainPlan();

  // Refuses what NormPlan and PoolPlan refuse, naming the stage ("pools[1].kernel[0] is 0, ..."), and:
  // no pool, or more than max_chain_pools; `of` that names no earlier pool; a pool with a src, or another p; batch norm
  // and scale/shift at once; tensors of different types, but for s8 and u8; a pool whose src_quantization is not that
  // of what it pools; a quantisation of a t or an `after` that nothing makes; tensors that do not all share a walk.
  static Result<ChainPlan> make(const ChainDesc& desc, const PlanOptions& options = {}) noexcept;

  // No output may overlap another tensor, but intermediate may be src or residual themselves where the
  // strides agree. Allocates nothing, takes no lock; refuses before the first write.
  Status run(const ChainData& data, const RunContext& context) const noexcept;
  // A chain of one pool, without residual and intermediate.
  Status run(ConstElements src, Elements dst, const RunContext& context) const noexcept;

  // Bytes that run() needs with this executor.
  std::size_t workspace_bytes(const Executor& executor) const noexcept;

  // dst of pool i as planned (with the dims and strides that were derived).
  const TensorDesc& dst(int i = 0) const noexcept;

  // One line: ISA, what is read, the form of the norm, the pools' stages, the split. Writes at most `size`
  // bytes with the final NUL; returns the length of the whole line.
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

// One call, no plan kept: makes the plan, allocates its workspace, runs with the default executor.
POOLNORM_API Status chain(const ChainDesc& desc, const ChainData& data) noexcept;

// Four chains by name, of src's type. The tensors, parameters and activation of `norm` are those of one batch norm.
// norm.dst and norm.residual are not given; dst is packed, in the layout of src. Of s8 and u8, norm.dst_quantization
// and norm.rounding are those of t and of dst. fused_residual alone takes both: not given, they are described as src
// is, strides included.
POOLNORM_API Status fused_stem(const BatchNormDesc& norm, ConstElements src, Elements dst,
                               const Window& window = Window(3, 2, 1)) noexcept;  // norm, activation, max pool
POOLNORM_API Status fused_residual(const BatchNormDesc& norm, ConstElements src, ConstElements residual,
                                   Elements dst) noexcept;  // norm, + residual, activation
POOLNORM_API Status fused_head(const BatchNormDesc& norm, ConstElements src,
                               Elements dst) noexcept;  // ..., global average
POOLNORM_API Status fused_transition(const BatchNormDesc& norm, ConstElements src, Elements dst,
                                     const Window& window = Window(2)) noexcept;  // ..., average pool

}  // namespace poolnorm
