// Local response norm: every element by the power of the squares of its neighbours in the channels,
//   y[c] = x[c] / (k + alpha / size * sum x[i]^2)^beta,  i over the `size` channels around c that there are
// (PyTorch LocalResponseNorm, ONNX LRN, oneDNN lrn_across_channels; Krizhevsky, Sutskever, Hinton, "ImageNet
// Classification with Deep Convolutional Neural Networks" (2012), whose alpha is alpha / size here).
//
// f64 throughout, from the lowest channel to the highest, and one rounding to f32 (f16 and bf16: another). The power is
// the library's own, of 0.5 and 0.75 much the fastest, so that the bits are the same for every layout, instruction set
// and number of threads. y is within (8 + beta * (size + 5)) * 2^-53 + 2^-24 of the exact value, relatively, f64
// without the 2^-24, where no square and no power overflows f64 or becomes denormal. Zeros keep their signs, but where
// k is 0 and all of the window is: 0 / 0 is NaN. NaN and infinity reach the windows that see them.
#pragma once

#if defined(POOLNORM_WITHOUT_NORMS)
#error "this build of poolnorm has no norms: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/elements.hpp>
#include <poolnorm/executor.hpp>
#include <poolnorm/options.hpp>
#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>

namespace poolnorm {

// Where a window of an even size has its channel more; odd ones are symmetric.
enum class ResponseWindow : int {
  lower = 0,  // size / 2 channels below, (size - 1) / 2 above (PyTorch)
  upper,      // (size - 1) / 2 below, size / 2 above (ONNX); an even size n of oneDNN is n - 1 with alpha * (n - 1) / n
};

// Dims N, C and 0 to 3 spatial dims; f32, f16, bf16 or f64.
struct LocalResponseNormDesc {
  TensorDesc src;
  TensorDesc dst;         // not given: as src
  std::int64_t size = 5;  // channels of a window; TensorFlow's depth_radius * 2 + 1
  ResponseWindow window = ResponseWindow::lower;
  double alpha = 1e-4;  // TensorFlow's times size
  double beta = 0.75;   // 1/1024 to 1024
  double k = 1;         // TensorFlow's and ONNX's bias
};

// A checked, immutable plan: make once, run often, from any number of threads at once.
class POOLNORM_API LocalResponseNormPlan {
 public:
  LocalResponseNormPlan() = default;
  LocalResponseNormPlan(LocalResponseNormPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  LocalResponseNormPlan& operator=(LocalResponseNormPlan&& other) noexcept;
  ~LocalResponseNormPlan();

  // Refuses, with a message: size < 1; alpha or k negative or not finite, or both 0; another beta; tensors of integers,
  // of different dims or types, overlapping dst; tensors with neither C nor the last spatial dim contiguous in both.
  static Result<LocalResponseNormPlan> make(const LocalResponseNormDesc& desc,
                                            const PlanOptions& options = {}) noexcept;

  // dst may be src itself where their strides agree; any other overlap is refused. Allocates nothing, takes no lock.
  Status run(ConstElements src, Elements dst, const RunContext& context) const noexcept;

  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

// One call, no plan kept.
POOLNORM_API Status local_response_norm(const LocalResponseNormDesc& desc, ConstElements src, Elements dst) noexcept;

}  // namespace poolnorm
