// Batch norm in training: statistics of the batch, then
//   y = act(((x - hi) - lo) * a + beta [+ residual]),  a = gamma / sqrt(variance + epsilon)
// where hi + lo is the mean as a pair of floats, variance is the biased one, a is computed in f64 and
// rounded once, and every f32 operation is rounded (no fma). Ioffe, Szegedy, "Batch Normalization" (2015).
//
// Statistics are those of moments.hpp, so the results have the same bits in every layout, on every
// instruction set and for any number of threads. With u = 2^-24, for any mean and variance,
//   |y - exact| <= u (5 |gamma (x - mean) invstd| + |beta|) + 2^-148     (no residual, no activation)
// as long as x - mean does not overflow and a is a normal number of f32. A constant channel has variance 0 and, with an
// epsilon above 0, y = beta; with 0 it is 0 * infinity, NaN. NaN and Inf stay in their channel.
//
// Tensors are f32, f16, bf16 or f64, all of a plan of one type. f16 and bf16 are widened, and y is rounded once
// more, to nearest even; their parameters and statistics are f32. With f64 all of it is f64, parameters and
// statistics, too: the mean is one number (lo is 0, and so is saved_mean_low), sums are plain f64, and
//   |y - exact| <= 2^-36 (|gamma| max|x| invstd + |beta|)
#pragma once

#if defined(POOLNORM_WITHOUT_STATISTICS)
#error "this build of poolnorm has no statistics: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/elements.hpp>
#include <poolnorm/executor.hpp>
#include <poolnorm/moments.hpp>
#include <poolnorm/norm.hpp>
#include <poolnorm/options.hpp>
#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>

namespace poolnorm {

// Dims N, C and 0 to 3 spatial dims.
struct BatchNormTrainingDesc {
  TensorDesc src;
  TensorDesc dst;       // not given: as src
  TensorDesc residual;  // not given: none. No stride of 0
  float epsilon = 1e-5f;
  // running = (1 - momentum) * running + momentum * batch, in f64, rounded once (PyTorch; ONNX calls
  // 1 - momentum its momentum).
  float momentum = 0.1f;
  bool cumulative = false;        // momentum is 1 / (batches_tracked + 1) instead: the plain average
  bool unbiased_variance = true;  // in running_variance: PyTorch true, ONNX false
  Activation activation;
  bool mask = false;  // note which elements pass the relu, for backward; activation must be relu
};

// What a run reads and writes. Arrays have C values; those not given are left out.
struct BatchNormTrainingData {
  ConstElements src = nullptr;
  ConstElements residual = nullptr;  // if the plan has one
  Elements dst = nullptr;
  Parameters gamma;  // not given: 1
  Parameters beta;   // not given: 0
  MutableParameters running_mean;
  MutableParameters running_variance;
  std::int64_t batches_tracked = 0;  // with `cumulative`: batches that running_* have seen before, >= 0; the caller counts
  MutableParameters saved_mean;
  MutableParameters saved_mean_low;  // mean - saved_mean: backward's sums are as exact with it as y is
  MutableParameters saved_invstd;    // 1 / sqrt(variance + epsilon)
  std::uint8_t* mask = nullptr;      // mask_bytes(), if the plan has one; overlaps nothing, which is not checked
};

class POOLNORM_API BatchNormTrainingPlan {
 public:
  BatchNormTrainingPlan() = default;
  BatchNormTrainingPlan(BatchNormTrainingPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  BatchNormTrainingPlan& operator=(BatchNormTrainingPlan&& other) noexcept;
  ~BatchNormTrainingPlan();

  // Refuses, with a message: epsilon negative, NaN or infinite; momentum outside [0, 1]; a mask without relu; a mask
  // with tensors in another channel order than src, as its bits follow src's; and what NormPlan::make refuses of
  // tensors and activations.
  static Result<BatchNormTrainingPlan> make(const BatchNormTrainingDesc& desc,
                                            const PlanOptions& options = {}) noexcept;

  // dst may be src itself, or residual itself, where their strides agree; any other overlap is refused.
  // So are arrays of the wrong length, and an unbiased running_variance of a single value. N = 0: nothing
  // is written. Allocates nothing, takes no lock.
  Status run(const BatchNormTrainingData& data, const RunContext& context) const noexcept;

  // The same in steps, for a batch in several parts (processes, memory nodes, a convolution's epilogue):
  // partial() on every part, merge_moments(), finalise() once, apply() on every part. The parts' plans
  // differ in N alone. Moments are C values of one count, 0 of N = 0; other counts are refused.
  Status partial(ConstElements src, Moments* moments, const RunContext& context) const noexcept;
  // Updates running_* and writes saved_*; reads and writes nothing else of `data`. Of a count of 0: writes nothing.
  Status finalise(const Moments* moments, const BatchNormTrainingData& data) const noexcept;
  // Normalises src with these moments; reads no running_* or saved_*.
  Status apply(const Moments* moments, const BatchNormTrainingData& data, const RunContext& context) const noexcept;

  // Bytes that run(), partial() and apply() need with this executor.
  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  // One bit an element, 1 where the relu passes it (or it is NaN), lowest bit first, in src's packed order, NHWC
  // where its C has a stride of 1; every plane (NCHW) or image (NHWC) begins with a byte of its own.
  std::size_t mask_bytes() const noexcept;

  // One line, as PoolPlan::explain writes it.
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

}  // namespace poolnorm
