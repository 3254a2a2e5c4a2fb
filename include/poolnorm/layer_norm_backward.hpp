// Gradients of layer norm and RMS norm. With s what the forward plan normed (its src, or src + residual), g
// the gradient of its output, n the elements of a row, d = s - mean (RMS norm: s) and sums over the row by
// the tree that its statistics take (layer_norm.hpp),
//   grad_src = (g * a - c1) - d * c2 [+ grad_sum]                    in f32, rounded to the tensors' type
//   a = gamma * invstd, c2 = invstd^3 * sum(gamma * g * d) / n
//   c1 = invstd * sum(gamma * g) / n, 0 of RMS norm
//   grad_beta = sum(g), grad_gamma = sum(g * d * invstd), both over the rows                    in f64
// With f64 tensors all of it is f64, parameters and statistics, too.
// a, c1 and c2 are computed in f64 and rounded once; d is ((s - hi) - lo) with saved_mean and
// saved_mean_low. Sums over rows take the tree of moments.hpp, each row being an image of one element: blocks
// of 64 rows. Same bits on every instruction set, for any threads.
// grad_src is the gradient of s, hence that of src and of residual alike. Where s was written (the forward
// plan's sum) and used elsewhere, too, grad_sum is the gradient that came back from there.
#pragma once

#if defined(POOLNORM_WITHOUT_GRADIENTS)
#error "this build of poolnorm has no gradients: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/layer_norm.hpp>

namespace poolnorm {

// Rows as in LayerNormDesc.
struct LayerNormBackwardDesc {
  TensorDesc src;       // s
  TensorDesc grad_dst;  // not given: as src
  TensorDesc grad_sum;  // not given: none
  TensorDesc grad_src;  // not given: as src
  int axis = 1;         // the first axis of a row
  RowStatistics statistics = RowStatistics::mean_and_variance;
};

struct LayerNormBackwardData {
  ConstElements src = nullptr;
  ConstElements grad_dst = nullptr;
  ConstElements grad_sum = nullptr;  // if the plan has one
  Elements grad_src = nullptr;
  Parameters gamma;              // as many as a row has elements; not given: 1
  Parameters mean;               // one value a row: saved_mean; none of RMS norm
  Parameters mean_low;           // the same: saved_mean_low; not given: 0
  Parameters invstd;             // one value a row: saved_invstd
  MutableParameters grad_gamma;  // as many as a row has elements; not given: not wanted
  MutableParameters grad_beta;   // the same
};

class POOLNORM_API LayerNormBackwardPlan {
 public:
  LayerNormBackwardPlan() = default;
  LayerNormBackwardPlan(LayerNormBackwardPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  LayerNormBackwardPlan& operator=(LayerNormBackwardPlan&& other) noexcept;
  ~LayerNormBackwardPlan();

  // Refuses what LayerNormPlan::make refuses.
  static Result<LayerNormBackwardPlan> make(const LayerNormBackwardDesc& desc,
                                            const PlanOptions& options = {}) noexcept;

  // grad_src may be grad_dst or grad_sum itself where the strides agree; any other overlap is refused. An empty tensor:
  // nothing is written, not even grad_gamma and grad_beta (PyTorch: zeros).
  Status run(const LayerNormBackwardData& data, const RunContext& context) const noexcept;

  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

}  // namespace poolnorm
