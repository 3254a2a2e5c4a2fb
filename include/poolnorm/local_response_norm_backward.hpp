// Gradient of local response norm. With g the gradient of its output and the base of a channel
//   B[c] = k + alpha / size * sum x[i]^2,  i over the window of c,
//   grad_src[c] = g[c] / B[c]^beta - 2 * alpha * beta / size * x[c] * sum g[i] * x[i] / B[i]^(beta + 1),
// the last sum over the channels i whose windows have c in them.
//
// f64 throughout, sums from the lowest channel to the highest, and one rounding to f32 (f16 and bf16: another), so that
// the bits are the same for every layout, instruction set and number of threads. grad_src is within
// (30 + 2 * size + beta * (size + 5)) * 2^-53 of the exact value, relatively to the sum of the magnitudes of all its
// terms, and the rounding to its type, where nothing overflows f64 or becomes denormal. NaN and infinity reach the
// windows that see them; a base of 0 divides as the formula has it.
#pragma once

#if defined(POOLNORM_WITHOUT_GRADIENTS)
#error "this build of poolnorm has no gradients: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/local_response_norm.hpp>

namespace poolnorm {

// Of the forward norm, with its numbers.
struct LocalResponseNormBackwardDesc {
  TensorDesc src;       // the forward input
  TensorDesc grad_dst;  // not given: as src
  TensorDesc grad_src;  // not given: as src
  std::int64_t size = 5;
  ResponseWindow window = ResponseWindow::lower;
  double alpha = 1e-4;
  double beta = 0.75;
  double k = 1;
};

// A checked, immutable plan: make once, run often, from any number of threads at once.
class POOLNORM_API LocalResponseNormBackwardPlan {
 public:
  LocalResponseNormBackwardPlan() = default;
  LocalResponseNormBackwardPlan(LocalResponseNormBackwardPlan&& other) noexcept : data_(other.data_) {
    other.data_ = nullptr;
  }
  LocalResponseNormBackwardPlan& operator=(LocalResponseNormBackwardPlan&& other) noexcept;
  ~LocalResponseNormBackwardPlan();

  // Refuses what LocalResponseNormPlan::make refuses.
  static Result<LocalResponseNormBackwardPlan> make(const LocalResponseNormBackwardDesc& desc,
                                                    const PlanOptions& options = {}) noexcept;

  // grad_src may be grad_dst or src itself where the strides agree; any other overlap is refused.
  Status run(ConstElements src, ConstElements grad_dst, Elements grad_src, const RunContext& context) const noexcept;

  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

}  // namespace poolnorm
