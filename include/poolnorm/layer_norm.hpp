// Layer norm and RMS norm over trailing axes, with a residual added in front.
//   s = src [+ residual]                 rounded to the tensors' type
//   layer norm  y = ((s - hi) - lo) * (gamma / sqrt(variance + epsilon)) + beta
//   RMS norm    y = s * (gamma / sqrt(mean of squares + epsilon)) [+ beta]
// gamma and beta have one value an element of a row; gamma / sqrt(...) is computed in f64 and rounded once.
// Numerics and promises are those of batch_norm_training.hpp. A row's statistics are those of moments.hpp,
// a row being one leaf; where the row is C and spatial dims, a leaf is one channel. RMS norm's sum of
// squares takes the same blocks, lanes and tree, without a shift.
// Ba, Kiros, Hinton, "Layer Normalization" (2016); Zhang, Sennrich, "Root Mean Square Layer
// Normalization" (2019).
#pragma once

#if defined(POOLNORM_WITHOUT_STATISTICS)
#error "this build of poolnorm has no statistics: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/batch_norm_training.hpp>

namespace poolnorm {

enum class RowStatistics : int { mean_and_variance = 0, mean_square };

// Any tensor of rank 2 to 5 whose axes from `axis` on are packed, the last with stride 1: src.dims are
// rows first, whatever they mean. [rows x features] is nchw({rows, features}).
struct LayerNormDesc {
  TensorDesc src;
  TensorDesc dst;       // not given: as src
  TensorDesc residual;  // not given: none. No stride of 0
  TensorDesc sum;       // s is written here too; not given: not wanted. Needs a residual
  int axis = 1;         // the first axis of a row
  RowStatistics statistics = RowStatistics::mean_and_variance;
  float epsilon = 1e-5f;  // PyTorch's rms_norm: finfo(dtype).eps where none is given
};

inline LayerNormDesc layer_norm(const TensorDesc& src, int axis = 1) noexcept {
  LayerNormDesc d;
  d.src = src;
  d.axis = axis;
  return d;
}
inline LayerNormDesc rms_norm(const TensorDesc& src, int axis = 1) noexcept {
  LayerNormDesc d = layer_norm(src, axis);
  d.statistics = RowStatistics::mean_square;
  return d;
}

struct LayerNormData {
  ConstElements src = nullptr;
  ConstElements residual = nullptr;  // if the plan has one
  Elements sum = nullptr;            // if the plan writes one
  Elements dst = nullptr;
  Parameters gamma;              // as many as a row has elements; not given: 1
  Parameters beta;               // the same; not given: 0
  MutableParameters saved_mean;  // one value a row, as are the next two; none of RMS norm
  MutableParameters saved_mean_low;
  MutableParameters saved_invstd;
};

class POOLNORM_API LayerNormPlan {
 public:
  LayerNormPlan() = default;
  LayerNormPlan(LayerNormPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  LayerNormPlan& operator=(LayerNormPlan&& other) noexcept;
  ~LayerNormPlan();

  // Refuses, with a message: axis outside [1, rank), a sum without a residual, a bad epsilon, unknown
  // statistics, tensors whose rows are not packed, and what NormPlan::make refuses of tensors.
  static Result<LayerNormPlan> make(const LayerNormDesc& desc, const PlanOptions& options = {}) noexcept;

  // dst may be src or residual itself, and so may sum, where the strides agree; sum and dst lie apart, and any other
  // overlap is refused. So are arrays of the wrong length. N = 0: nothing is written. Allocates nothing, takes no lock.
  Status run(const LayerNormData& data, const RunContext& context = {}) const noexcept;

  // Always 0 today; callers that ask are safe with later versions.
  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  // One line, as PoolPlan::explain writes it.
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

}  // namespace poolnorm
