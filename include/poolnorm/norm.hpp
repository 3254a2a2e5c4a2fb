// Batch norm at inference and per-channel scale/shift, with residual and activation in the same pass.
//   y = act((x - mean[c]) * a[c] + beta[c] [+ residual]),  a = gamma / sqrt(variance + epsilon)
//   y = act(x * scale[c] + shift[c] [+ residual])
// a is computed in f64 and rounded once; every f32 operation above is rounded (no fma). Tensors are f32, f16, bf16
// or f64, all of one type: f16 and bf16 are widened, calculated in f32 and rounded once, to nearest even; f64 is f64
// throughout, with parameters of double, and the float fields (epsilon, an activation's) as they are.
//
// Tensors of s8 and u8, each of either type, stand for scale * (q - zero_point) with a quantisation each, and are
// calculated with in steps of dst:
//   t = (q - src.zero_point) * A + B [+ (r - residual.zero_point) * R]
//   dst = dst.zero_point + round(act(t)), saturated; `rounding` says what becomes of a half
//   A = src.scale * a / dst.scale,  B = b / dst.scale,  R = residual.scale / dst.scale
// b is beta - mean * a of a batch norm, shift of a scale/shift. A, B and R are computed in f64 and rounded to f32 (what
// exceeds 2^100 becomes 2^100), every operation on t is one of f32. So are the activation's: bounds, and the 3 and 6 of
// hard_swish and hard_sigmoid, over dst.scale (not the 6 that hard_sigmoid divides by). t is within 2^-22 (|x a| + |b| + |r|) / dst.scale of the exact number.
// Parameters are float; a channel whose a or b is not finite is refused, hence no result is NaN.
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
#include <poolnorm/parameters.hpp>
#include <poolnorm/quantization.hpp>
#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>

namespace poolnorm {

enum class ActivationKind : int {
  none = 0,
  relu,          // 0 > x ? 0 : x   (relu(-0) = -0, relu(NaN) = NaN)
  clamp,         // t = lo > x ? lo : x;  hi < t ? hi : t
  leaky_relu,    // 0 > x ? x * slope : x
  hard_swish,    // (x * clamp(x + 3, 0, 6)) / 6
  hard_sigmoid,  // clamp(x + 3, 0, 6) / 6
};

struct Activation {
  ActivationKind kind = ActivationKind::none;
  float lo = 0;     // clamp
  float hi = 0;     // clamp
  float slope = 0;  // leaky_relu; not NaN
};

inline Activation relu() noexcept { return {ActivationKind::relu, 0, 0, 0}; }
inline Activation relu6() noexcept { return {ActivationKind::clamp, 0, 6, 0}; }
inline Activation clamp(float lo, float hi) noexcept { return {ActivationKind::clamp, lo, hi, 0}; }
inline Activation leaky_relu(float slope = 0.01f) noexcept { return {ActivationKind::leaky_relu, 0, 0, slope}; }
inline Activation hard_swish() noexcept { return {ActivationKind::hard_swish, 0, 0, 0}; }
inline Activation hard_sigmoid() noexcept { return {ActivationKind::hard_sigmoid, 0, 0, 0}; }

// One map per channel, for the chains of chain.hpp: a batch norm, when mean and variance are given, or
// x * scale + shift, when one of these is; both at once are refused. Arrays have C values of float, for f64 tensors of
// double. Empty: not given.
struct Affine {
  Parameters mean;
  Parameters variance;
  Parameters gamma;  // not given: 1
  Parameters beta;   // not given: 0
  float epsilon = 1e-5f;
  Parameters scale;  // not given: 1
  Parameters shift;  // not given: 0

  static Affine batch_norm(const Parameters& mean, const Parameters& variance, const Parameters& gamma = {},
                           const Parameters& beta = {}, float epsilon = 1e-5f) noexcept {
    Affine a;
    a.mean = mean;
    a.variance = variance;
    a.gamma = gamma;
    a.beta = beta;
    a.epsilon = epsilon;
    return a;
  }
  static Affine scale_shift(const Parameters& scale, const Parameters& shift = {}) noexcept {
    Affine a;
    a.scale = scale;
    a.shift = shift;
    return a;
  }
  bool is_batch_norm() const noexcept {
    return mean.size != 0 || variance.size != 0 || gamma.size != 0 || beta.size != 0;
  }
  bool is_scale_shift() const noexcept { return scale.size != 0 || shift.size != 0; }
  bool given() const noexcept { return is_batch_norm() || is_scale_shift(); }
};

// Dims N, C and 0 to 3 spatial dims, those of dst and residual as those of src. Arrays have C values of float, for f64
// tensors of double, and are read by make() only. Ioffe, Szegedy, "Batch Normalization" (2015).
struct BatchNormDesc {
  TensorDesc src;
  TensorDesc dst;       // not given: as src
  TensorDesc residual;  // not given: none. A stride of 0 broadcasts along that dim
  Parameters mean;
  Parameters variance;
  Parameters gamma;  // not given: 1
  Parameters beta;   // not given: 0
  float epsilon = 1e-5f;
  Activation activation;
  // s8 and u8 only; that of a residual where there is one.
  Quantization src_quantization, dst_quantization, residual_quantization;
  Rounding rounding = Rounding::half_to_even;
};

// The same with the map itself: not given both, y = act(x [+ residual]).
struct ScaleShiftDesc {
  TensorDesc src;
  TensorDesc dst;       // not given: as src
  TensorDesc residual;  // not given: none. A stride of 0 broadcasts along that dim
  Parameters scale;     // not given: 1
  Parameters shift;     // not given: 0
  Activation activation;
  // s8 and u8 only; that of a residual where there is one.
  Quantization src_quantization, dst_quantization, residual_quantization;
  Rounding rounding = Rounding::half_to_even;
};

class POOLNORM_API NormPlan {
 public:
  NormPlan() = default;
  NormPlan(NormPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  NormPlan& operator=(NormPlan&& other) noexcept;
  ~NormPlan();

  // Refuses, with a message: parameter arrays of the wrong length; mean or variance missing; epsilon negative, NaN or
  // infinite; tensors of different types, but for s8 and u8; parameters of another type than theirs; a scale that is
  // not finite and above 0, a zero point that is no element, a quantisation of floating-point numbers; a channel of
  // s8 or u8 that is not finite; an activation's bounds out of order or NaN; shapes that differ; strides < 1 of dims of
  // more than one element, but 0 of a residual; tensors of more than 2^56 bytes; overlapping dst; tensors that do not
  // share a walk.
  static Result<NormPlan> make(const BatchNormDesc& desc, const PlanOptions& options = {}) noexcept;
  static Result<NormPlan> make(const ScaleShiftDesc& desc, const PlanOptions& options = {}) noexcept;

  // dst may be src itself, or residual itself, where their strides agree; any other overlap is
  // refused. A plan with a residual takes the second form. Allocates nothing, takes no lock.
  Status run(ConstElements src, Elements dst, const RunContext& context = {}) const noexcept;
  Status run(ConstElements src, ConstElements residual, Elements dst, const RunContext& context = {}) const noexcept;

  // Always 0 today; callers that ask are safe with later versions.
  std::size_t workspace_bytes(const Executor& executor) const noexcept;

  // One line, as PoolPlan::explain writes it.
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

// One call, no plan kept, of tensors as desc describes them; the default executor runs it. Mind the order: dst before
// residual, other than in run().
POOLNORM_API Status batch_norm(const BatchNormDesc& desc, ConstElements src, Elements dst,
                               ConstElements residual = nullptr) noexcept;
POOLNORM_API Status scale_shift(const ScaleShiftDesc& desc, ConstElements src, Elements dst,
                                ConstElements residual = nullptr) noexcept;

// The weights of a convolution: `channels` output channels, `channel_stride` apart, each of
// `elements` values `element_stride` apart. OIHW: {w, O, I*H*W, I*H*W, 1}; HWIO: {w, O, H*W*I, 1, O}.
struct ConvolutionWeights {
  float* data = nullptr;
  std::int64_t channels = 0;
  std::int64_t elements = 0;
  std::int64_t channel_stride = 0;
  std::int64_t element_stride = 1;
};

// Folds the norm behind a convolution of f32 into it: w *= a, bias = (bias - mean) * a + beta, each computed
// in f64 and rounded once. Reads mean, variance, gamma, beta and epsilon of `norm`, nothing else.
// `bias` has one value per output channel; a convolution without one passes zeros. Refuses parameters that are not
// float or not one per output channel; a bad epsilon; negative counts; strides < 1; weights that overlap; null data or
// bias.
POOLNORM_API Status fold_batch_norm(const BatchNormDesc& norm, const ConvolutionWeights& weights, float* bias) noexcept;

}  // namespace poolnorm
