// Gradients of max pooling, from its indices, of average and of Lp pooling: any windows; f32, f16,
// bf16 and f64. Sums are f32, rounded once more for f16 and bf16, or f64, in a fixed order, the same for every
// layout, instruction set and number of threads:
//   max      the gradients of all windows whose index it is, in row-major order of the windows, from +0
//   average  q = (float)((double)grad * (1.0 / divisor)) of every window, of f64 grad / divisor; in each output row
//            the windows that see the element, left to right; then those sums, top to bottom. No window: +0
//   Lp       p = 1: the same sum of q = grad, with the sign of the input x; 0 where x is 0, NaN where it is NaN.
//            p = 2: x times the same sum of q = grad / y, where y is what the pooling gave; 0 where y is 0
//            other p: |x|^(p - 1), with the sign of x, times the same sum of q = grad * y^(1 - p), all in f64, rounded
//            at the end as the pooling is; q is 0 where y is 0, and so is a power of 0. Within (4 * |p - 1| + 12 + n)
//            * 2^-53 of the exact value of that y, relatively to the sum of the magnitudes of its n terms, and the
//            rounding, where no power, nor its product with grad, overflows f64 or becomes denormal
//            No window: a sum of 0, and NaN of an infinite x where p > 1
#pragma once

#if defined(POOLNORM_WITHOUT_INDICES)
#error "this build of poolnorm has no indices: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/executor.hpp>
#include <poolnorm/max_indices.hpp>
#include <poolnorm/options.hpp>
#include <poolnorm/pool.hpp>
#include <poolnorm/status.hpp>

namespace poolnorm {

class POOLNORM_API MaxPoolBackwardPlan {
 public:
  MaxPoolBackwardPlan() = default;
  MaxPoolBackwardPlan(MaxPoolBackwardPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  MaxPoolBackwardPlan& operator=(MaxPoolBackwardPlan&& other) noexcept;
  ~MaxPoolBackwardPlan();

  // Of the forward pooling: `pool.src` describes grad_src, `pool.dst` grad_dst. Refuses as
  // MaxUnpoolPlan::make, and s8 and u8.
  static Result<MaxPoolBackwardPlan> make(const MaxIndicesDesc& desc, const PlanOptions& options = {}) noexcept;

  // Indices are checked as MaxUnpoolPlan::run checks them. Nothing may overlap. The workspace of f16 and bf16 has
  // planes of f32 for each worker.
  Status run(ConstElements grad_dst, const void* indices, Elements grad_src, const RunContext& context,
             std::int64_t* skipped = nullptr) const noexcept;

  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

class POOLNORM_API AveragePoolBackwardPlan {
 public:
  AveragePoolBackwardPlan() = default;
  AveragePoolBackwardPlan(AveragePoolBackwardPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  AveragePoolBackwardPlan& operator=(AveragePoolBackwardPlan&& other) noexcept;
  ~AveragePoolBackwardPlan();

  // Of the forward pooling, op average: `src` describes grad_src, `dst` grad_dst. Refuses as PoolPlan::make, and
  // a `src` whose elements overlap.
  static Result<AveragePoolBackwardPlan> make(const PoolDesc& desc, const PlanOptions& options = {}) noexcept;

  // Nothing may overlap.
  Status run(ConstElements grad_dst, Elements grad_src, const RunContext& context) const noexcept;

  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

class POOLNORM_API LpPoolBackwardPlan {
 public:
  LpPoolBackwardPlan() = default;
  LpPoolBackwardPlan(LpPoolBackwardPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  LpPoolBackwardPlan& operator=(LpPoolBackwardPlan&& other) noexcept;
  ~LpPoolBackwardPlan();

  // Of the forward pooling, op lp: `src` describes src and grad_src, `dst` dst and grad_dst. Refuses as PoolPlan::make,
  // p = infinity, and a `src` whose elements overlap.
  static Result<LpPoolBackwardPlan> make(const PoolDesc& desc, const PlanOptions& options = {}) noexcept;

  // src and dst: what the pooling saw and gave; with p = 1 dst is not looked at. grad_src overlaps nothing.
  Status run(ConstElements src, ConstElements dst, ConstElements grad_dst, Elements grad_src,
             const RunContext& context) const noexcept;

  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

}  // namespace poolnorm
