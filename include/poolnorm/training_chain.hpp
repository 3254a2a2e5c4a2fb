// Training chains: batch norm in training, a residual and an activation, then a pool, in two passes over src, and back.
//   t = act(norm(src) [+ residual])    batch_norm_training.hpp
//   dst = pool(t)                      pool.hpp; a max pool may note where each maximum stood (max_indices.hpp)
// Results are, bit for bit, those of the calls one by one: BatchNormTrainingPlan with t as its dst, then PoolPlan or
// MaxIndicesPlan of t; back MaxPoolBackwardPlan, AveragePoolBackwardPlan or LpPoolBackwardPlan, then
// BatchNormBackwardPlan. All tensors have one type: f32, f16, bf16 or f64.
//
// Forward reads src for its statistics, then once more to normalise and pool it band by band in the cache; t is in
// memory only where it is wanted. In NCHW both passes of a channel follow each other, so that a channel that the cache
// holds comes from memory once.
//
// Back the pool's gradient is made where it goes anyway, plane by plane: in grad_residual where that is wanted, else in
// grad_src. There it gets behind the mask and into the sums while it is in the cache, and is read once more for
// grad_src. The mask of a relu is a bit an element, for any pool: a maximum that a type rounds to 0 does not say
// whether the relu passed it. The gradient of an Lp pool reads t, which forward has to write then, and dst.
#pragma once

#if defined(POOLNORM_WITHOUT_TRAINING_CHAINS)
#error "this build of poolnorm has no training_chains: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/batch_norm_training.hpp>
#include <poolnorm/max_indices.hpp>
#include <poolnorm/norm_backward.hpp>
#include <poolnorm/pool.hpp>

namespace poolnorm {

struct TrainingChainDesc {
  BatchNormTrainingDesc norm;  // its dst is t: given, t is written, too. Dims N, C and 1 to 3 spatial dims
  // Its src is not given: it is t. Any op; lp of p = 1, 2 or infinity. A dst not given: packed, in the layout of
  // norm.src.
  PoolDesc pool;
  bool with_indices = false;   // op max: the places of the maxima, too
  TensorDesc indices;          // as in MaxIndicesDesc; not given: packed, in the layout of pool.dst
  IndexType index_type = IndexType::i64;
};

struct TrainingChainData {
  BatchNormTrainingData norm;  // its dst is t, if the plan writes it
  Elements dst = nullptr;
  void* indices = nullptr;  // if the plan has them
};

class POOLNORM_API TrainingChainPlan {
 public:
  TrainingChainPlan() = default;
  TrainingChainPlan(TrainingChainPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  TrainingChainPlan& operator=(TrainingChainPlan&& other) noexcept;
  ~TrainingChainPlan();

  // Refuses what BatchNormTrainingPlan, PoolPlan and MaxIndicesPlan refuse; a pool with a src; indices of another op
  // than max; another p; tensors that do not all share a walk.
  static Result<TrainingChainPlan> make(const TrainingChainDesc& desc, const PlanOptions& options = {}) noexcept;

  // t may be src itself, or residual itself, where their strides agree; dst and indices overlap nothing. Allocates
  // nothing, takes no lock; refuses before the first write.
  Status run(const TrainingChainData& data, const RunContext& context) const noexcept;
  // With the moments of a batch in several parts, C values of one count, from BatchNormTrainingPlan::partial() and
  // merge_moments():
  // the second pass alone. Reads and writes no running_* or saved_*; finalise() does.
  Status apply(const Moments* moments, const TrainingChainData& data, const RunContext& context) const noexcept;

  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t mask_bytes() const noexcept;  // as BatchNormTrainingPlan's
  const TensorDesc& dst() const noexcept;
  const TensorDesc& indices() const noexcept;  // its element type means nothing
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

struct TrainingChainBackwardDesc {
  BatchNormBackwardDesc norm;  // its grad_dst is not given: the pool makes it. Its grad_residual needs no mask
  // Of the forward chain, op max, average or lp of p = 1 or 2; its dst is grad_dst's, too, given or not.
  PoolDesc pool;
  bool with_indices = false;  // which the gradient of a max needs
  TensorDesc indices;         // the forward chain's, as is index_type
  IndexType index_type = IndexType::i64;
};

struct TrainingChainBackwardData {
  BatchNormBackwardData norm;  // its grad_dst is not given
  ConstElements grad_dst = nullptr;
  const void* indices = nullptr;  // if the plan has them
  // Op lp, else null: what the pool saw, with the strides of norm.grad_residual or, without one, norm.grad_src; with
  // p = 2 what it gave, too.
  ConstElements t = nullptr, dst = nullptr;
};

class POOLNORM_API TrainingChainBackwardPlan {
 public:
  TrainingChainBackwardPlan() = default;
  TrainingChainBackwardPlan(TrainingChainBackwardPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  TrainingChainBackwardPlan& operator=(TrainingChainBackwardPlan&& other) noexcept;
  ~TrainingChainBackwardPlan();

  // Refuses what BatchNormBackwardPlan, MaxPoolBackwardPlan, AveragePoolBackwardPlan and LpPoolBackwardPlan refuse; a
  // pool with a src; a norm with a grad_dst; indices of another op than max, and a max without; a min; another p.
  static Result<TrainingChainBackwardPlan> make(const TrainingChainBackwardDesc& desc,
                                                const PlanOptions& options = {}) noexcept;

  // grad_src and grad_residual overlap nothing. Indices are checked as MaxUnpoolPlan::run checks them. N = 0: as
  // BatchNormBackwardPlan::run.
  Status run(const TrainingChainBackwardData& data, const RunContext& context,
             std::int64_t* skipped = nullptr) const noexcept;

  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

}  // namespace poolnorm
