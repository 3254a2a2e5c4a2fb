// Gradients of batch norm (training and inference), group norm and instance norm. With g the gradient of
// the output (behind a mask: where the relu passed), n the number of elements that share statistics,
// d = x - mean and sums over them by the tree of moments.hpp,
//   grad_beta = sum(g), grad_gamma = invstd * sum(g * d)                                        in f64
//   grad_src = (g * a - c1) - d * c2                                 in f32, rounded to the tensors' type
//   a = gamma * invstd, c1 = invstd * sum(gamma * g) / n, c2 = invstd^3 * sum(gamma * g * d) / n
// With f64 tensors all of it is f64, parameters and statistics, too.
// a, c1 and c2 are computed in f64 and rounded once, to the type of the parameters. Inference has no c1 and c2. d is
// ((x - hi) - lo) with saved_mean and saved_mean_low. Same bits in every layout, on every instruction set, for any threads.
//
// With u = 2^-24, D = |x - mean| + u |mean| + 2^-125 and the statistics of x itself, f32 gradients are within
//   grad_beta   u |grad_beta| + 2^-43 sum|g|
//   grad_gamma  2u |grad_gamma| + invstd sum(|g| (2^-43 |x - mean| + u (u |mean| + 2^-125)))
//   grad_src    u (5 |g a| + 4 |c1| + 10 D invstd^3 sum(|gamma g| D) / n) + 2^-147
// of the exact numbers, grad_src as long as a, c1 and c2 are 0 or normal numbers of f32, which c2 is not of deviations
// beyond 1e18. f16 and bf16 round once more.
#pragma once

#if defined(POOLNORM_WITHOUT_GRADIENTS)
#error "this build of poolnorm has no gradients: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/batch_norm_training.hpp>
#include <poolnorm/group_norm.hpp>

namespace poolnorm {

// Dims N, C and 0 to 3 spatial dims, all tensors of those of src.
struct BatchNormBackwardDesc {
  TensorDesc src;            // the forward input
  TensorDesc grad_dst;       // not given: as src
  TensorDesc grad_src;       // not given: as src
  TensorDesc grad_residual;  // with a mask: the gradient behind it, which is the residual's. Not given: none
  bool training = true;      // statistics were the batch's; false: running ones
  float epsilon = 1e-5f;     // of inference; training has saved_invstd
  bool mask = false;         // the forward plan noted a relu's mask
};

struct BatchNormBackwardData {
  ConstElements src = nullptr;
  ConstElements grad_dst = nullptr;
  Elements grad_src = nullptr;
  Elements grad_residual = nullptr;    // if the plan writes one
  const std::uint8_t* mask = nullptr;  // if the plan has one; apart from what is written, which is not checked
  Parameters gamma;                    // C values; not given: 1
  Parameters mean;                     // C values: saved_mean, or running_mean
  Parameters mean_low;                 // C values: saved_mean_low; not given: 0
  Parameters invstd;                   // C values: saved_invstd, training only
  Parameters variance;                 // C values: running_variance, inference only
  MutableParameters grad_gamma;        // C values; not given: not wanted
  MutableParameters grad_beta;         // C values; not given: not wanted
};

class POOLNORM_API BatchNormBackwardPlan {
 public:
  BatchNormBackwardPlan() = default;
  BatchNormBackwardPlan(BatchNormBackwardPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  BatchNormBackwardPlan& operator=(BatchNormBackwardPlan&& other) noexcept;
  ~BatchNormBackwardPlan();

  // Refuses, with a message: grad_residual without a mask (it is grad_dst then); with a mask, tensors in another
  // channel order than src; a bad epsilon; and what NormPlan::make refuses of tensors.
  static Result<BatchNormBackwardPlan> make(const BatchNormBackwardDesc& desc,
                                            const PlanOptions& options = {}) noexcept;

  // grad_src or grad_residual may be grad_dst itself where the strides agree; any other overlap is refused. N = 0:
  // nothing is written, not even grad_gamma and grad_beta (PyTorch: zeros).
  Status run(const BatchNormBackwardData& data, const RunContext& context) const noexcept;

  // Bytes that run() needs with this executor; one line, as PoolPlan::explain writes it.
  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

// Dims N, C and 0 to 3 spatial dims, all tensors of those of src.
struct GroupNormBackwardDesc {
  TensorDesc src;       // the forward input
  TensorDesc grad_dst;  // not given: as src
  TensorDesc grad_src;  // not given: as src
  std::int64_t groups = 1;
};

struct GroupNormBackwardData {
  ConstElements src = nullptr;
  ConstElements grad_dst = nullptr;
  Elements grad_src = nullptr;
  Parameters gamma;     // C values; not given: 1
  Parameters mean;      // N * groups values: saved_mean
  Parameters mean_low;  // N * groups values: saved_mean_low; not given: 0
  Parameters invstd;    // N * groups values: saved_invstd
  MutableParameters grad_gamma;  // C values; not given: not wanted
  MutableParameters grad_beta;   // C values; not given: not wanted
};

class POOLNORM_API GroupNormBackwardPlan {
 public:
  GroupNormBackwardPlan() = default;
  GroupNormBackwardPlan(GroupNormBackwardPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  GroupNormBackwardPlan& operator=(GroupNormBackwardPlan&& other) noexcept;
  ~GroupNormBackwardPlan();

  // Refuses what GroupNormPlan::make refuses.
  static Result<GroupNormBackwardPlan> make(const GroupNormBackwardDesc& desc,
                                            const PlanOptions& options = {}) noexcept;

  // grad_src may be grad_dst itself where the strides agree; any other overlap is refused. N = 0: as above.
  Status run(const GroupNormBackwardData& data, const RunContext& context) const noexcept;

  // Bytes that run() needs with this executor; one line, as PoolPlan::explain writes it.
  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

}  // namespace poolnorm
