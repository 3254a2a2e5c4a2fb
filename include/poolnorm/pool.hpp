// Pooling: max, min, average and Lp; sliding, adaptive, global and listed windows; 1-D, 2-D and 3-D; any layout
// that strides can say; f32, f16, bf16, f64, s8 and u8. Conventions follow PyTorch unless an option names
// another one.
//
// Averages add up each column of the window top to bottom, then the columns left to right: in f32 up to 64 elements;
// larger windows in f64, but for runs of eight taps of a column, which f32 and narrower tensors add up in f32. All windows of
// a plan alike: the elements are those of the kernel, padding counted; of adaptive windows the longest of each axis.
// With u = 2^-24 and K rows of taps (depth x height), W columns, the error is at most (K + W)u sum|x| / n, above 64
// elements 8u sum|x| / n, as long as what is added up in f32 does not overflow there.
//
// f16 and bf16 give the f32 result of the same inputs, rounded to nearest even once more. f64 sums are
// divided, others multiplied by 1 / divisor in f64. Averages of s8 and u8 are exact: the quotient of two
// integers, rounded by `rounding`, saturated.
//
// Where src and dst of such an average are quantised differently, or have a zero point,
//   q = dst.zero_point + round(m * s), saturated;  s = the exact sum of x - src.zero_point over the taps inside
//   the input (padding is real 0);  m = src.scale / (dst.scale * divisor) in f64; m * s rounded to f64, to nearest
// even, whatever the caller's rounding mode, then to an integer by `rounding`.
//
// Lp pooling is y = (sum |x|^p)^(1/p), without a division (ONNX LpPool; PyTorch lp_pool2d of an even p, or where
// x >= 0, without ceil_mode). |x| or x * x, rounded, are added up as the taps of an average are, but for squares of
// larger windows, which are f64 from the start. The root is correctly rounded in the type of the sum, and taps in padding
// add nothing, so that a window of padding alone gives +0. With u = 2^-24, K rows of taps (depth x height) and W
// columns y is within (K + W)u of the exact value for p = 1, within ((K + W)/2 + 2)u for p = 2 as long as the squares
// neither overflow nor become denormal; above 64 elements within 8u and 2u. p = infinity is the largest |x|, exactly,
// NaN where there is one. Any other p from 1/1024 to 1024: powers, their sums (columns from the top, then the
// columns) and the root are f64 of whatever type, by arithmetic of the library's own, the result is rounded once (f16 and bf16: as above). It
// is within (8 + (8 + K + W) / p) * 2^-53 + u of the exact value, f64 without the u, where no power or sum overflows
// f64 or becomes denormal. Chains have p = 1, 2 and infinity; gradients any but infinity, those of training chains 1
// and 2.
#pragma once

#if defined(POOLNORM_WITHOUT_POOLS)
#error "this build of poolnorm has no pools: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include <poolnorm/export.h>
#include <poolnorm/elements.hpp>
#include <poolnorm/executor.hpp>
#include <poolnorm/options.hpp>
#include <poolnorm/quantization.hpp>
#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>

namespace poolnorm {

enum class PoolOp : int {
  max = 0,  // a window with a NaN gives NaN; only padding gives -inf (s8, u8: the lowest); a zero result is +0
  min,      // the same with +inf (the highest)
  average,  // sum / divisor; the order of the sum is fixed, the same for every layout and ISA
  lp,       // (sum |x|^p)^(1/p); f32, f16, bf16 and f64
};

enum class PoolKind : int {
  sliding = 0,  // kernel, stride, padding, dilation
  adaptive,     // output i of an axis sees inputs floor(i*in/out) .. ceil((i+1)*in/out) - 1
  global,       // one window: the whole image (= adaptive to 1)
  listed,       // window i of an axis is `kernel` inputs from starts[i] on (Graham, "Fractional Max-Pooling", 2014)
};

// How many windows fit on an axis; k' = (kernel - 1) * dilation + 1.
enum class OutputSize : int {
  floor = 0,   // floor((in + pad_begin + pad_end - k') / stride) + 1
  ceil,        // ceil(...) + 1, without a last window that begins at or beyond in + pad_begin (PyTorch, ONNX)
  valid,       // TensorFlow VALID: no padding, padding fields must be 0
  same_upper,  // TensorFlow/ONNX SAME: ceil(in / stride) windows, the odd pad at the end; padding fields must be 0
  same_lower,  // the same, the odd pad at the beginning
  given,       // dst's dims decide (oneDNN): windows may end before the input does, or overhang it
};

// What the sum of an average window is divided by. Windows that are adaptive, global or listed lie inside: their
// elements, but for `fixed`.
enum class Divisor : int {
  padded = 0,   // taps inside the input and its padding, not the overhang of `ceil` (PyTorch count_include_pad=True)
  valid,        // taps inside the input (count_include_pad=False, TensorFlow)
  full_kernel,  // always the product of the kernel's sizes (oneDNN include_padding)
  fixed,        // divisor_override (PyTorch)
};

// One number per spatial dim in D, H, W order, or a single number for all of them.
struct Spatial {
  int count = 0;  // 0: not given
  std::int64_t values[max_spatial_rank] = {};

  Spatial() = default;
  Spatial(std::int64_t all) noexcept : count(1), values{all, 0, 0} {}
  Spatial(std::initializer_list<std::int64_t> list) noexcept : Spatial(list.begin(), list.size()) {}
  Spatial(const std::int64_t* list, std::size_t size) noexcept : count(static_cast<int>(size)) {
    for (std::size_t i = 0; i < size && i < max_spatial_rank; ++i) values[i] = list[i];
  }
};

struct Window {
  Spatial kernel;
  Spatial stride;        // default: kernel
  Spatial padding;       // before each axis, default 0; any size
  Spatial padding_end;   // after each axis, default: padding
  Spatial dilation = 1;  // distance between taps

  Window() = default;
  // PyTorch's order of arguments.
  Window(Spatial kernel_, Spatial stride_ = {}, Spatial padding_ = {}, Spatial dilation_ = 1) noexcept
      : kernel(kernel_), stride(stride_), padding(padding_), dilation(dilation_) {}
  // Window({1, 3}, ...) is a kernel of 1 x 3, not a kernel and a stride.
  template <std::size_t rank>
  Window(const std::int64_t (&kernel_)[rank], Spatial stride_ = {}, Spatial padding_ = {},
         Spatial dilation_ = 1) noexcept
      : Window(Spatial(kernel_, rank), stride_, padding_, dilation_) {}
};

// Where the windows of an axis begin: input indices along it, counted from 0, non-decreasing, all windows inside the
// input.
struct Starts {
  const std::int64_t* values = nullptr;  // `count` of them
  std::int64_t count = 0;                // the output's size
};

// Dims N, C and 1 to 3 spatial dims. Never in place.
struct PoolDesc {
  PoolOp op = PoolOp::max;
  PoolKind kind = PoolKind::sliding;
  TensorDesc src;
  TensorDesc dst;  // not given: packed, in the layout of src
  Window window;   // sliding; listed: its kernel
  Spatial output;  // adaptive without dst: the output's sizes
  OutputSize output_size = OutputSize::floor;
  Divisor divisor = Divisor::padded;  // average only
  std::int64_t divisor_override = 0;  // Divisor::fixed only: >= 1
  Rounding rounding = Rounding::half_to_even;  // averages of s8 and u8 only
  double p = 2;                                // lp only: 1, 2, infinity, or 1/1024 to 1024
  Quantization src_quantization, dst_quantization;  // averages of s8 and u8; others need both alike
  Starts starts[max_spatial_rank];                  // listed only: of every spatial dim; read by make() alone
};

// A checked, immutable plan: make once, run often, from any number of threads at once. One that was moved from, or never
// made, as of every other kind: run() refuses, workspace_bytes() is 0, explain() says "no plan".
class POOLNORM_API PoolPlan {
 public:
  PoolPlan() = default;
  PoolPlan(PoolPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  PoolPlan& operator=(PoolPlan&& other) noexcept;
  ~PoolPlan();

  // Refuses, with a message: src and dst of different types; kernel, stride or dilation < 1; negative padding; an
  // output dim < 1; an empty spatial dim; strides < 1 of dims of more than one element; sizes beyond 64 bits, tensors
  // of more than 2^56 bytes; overlapping dst; src and dst that do not share a walk (channels or W contiguous in
  // both); windows without a tap in the input (Divisor::valid) or in it and its padding (Divisor::padded); starts
  // that fall, or whose windows leave the input; another p, lp of integers; a scale that is not finite and above 0, a
  // zero point that is no element, quantisations that differ but of averages.
  static Result<PoolPlan> make(const PoolDesc& desc, const PlanOptions& options = {}) noexcept;

  // src and dst: the first elements (index 0 in every dim) of tensors as described; no overlap.
  // Allocates nothing, takes no lock. Refuses null data, pointers to another type, overlap and a small
  // workspace.
  Status run(ConstElements src, Elements dst, const RunContext& context) const noexcept;

  // Bytes that run() needs with this executor.
  std::size_t workspace_bytes(const Executor& executor) const noexcept;

  // dst as planned (with the dims and strides that were derived). Lives as long as the plan.
  const TensorDesc& dst() const noexcept;

  // One line on the chosen ISA, kernels, split and store policy. Writes at most `size` bytes with the
  // final NUL (with a size of 0 buffer may be null); returns the length of the whole line.
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

// dst of a pooling, for those who must allocate it first.
POOLNORM_API Result<TensorDesc> pool_output(const PoolDesc& desc) noexcept;

// One call, no plan kept: makes the plan, allocates its workspace, runs with the default executor.
POOLNORM_API Status pool(const PoolDesc& desc, ConstElements src, Elements dst) noexcept;

// The poolings by name; dst is packed, in the layout of src. A divisor of `fixed` is refused: its number is PoolDesc's.
POOLNORM_API Status max_pool(ConstElements src, const TensorDesc& src_desc, Elements dst,
                             const Window& window) noexcept;
POOLNORM_API Status adaptive_max_pool(ConstElements src, const TensorDesc& src_desc, Elements dst,
                                      const Spatial& output) noexcept;
POOLNORM_API Status global_max_pool(ConstElements src, const TensorDesc& src_desc, Elements dst) noexcept;
POOLNORM_API Status min_pool(ConstElements src, const TensorDesc& src_desc, Elements dst,
                             const Window& window) noexcept;
POOLNORM_API Status average_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window,
                                 Divisor divisor = Divisor::padded) noexcept;
POOLNORM_API Status adaptive_average_pool(ConstElements src, const TensorDesc& src_desc, Elements dst,
                                          const Spatial& output) noexcept;
POOLNORM_API Status global_average_pool(ConstElements src, const TensorDesc& src_desc, Elements dst) noexcept;
POOLNORM_API Status lp_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window,
                            double p = 2) noexcept;
POOLNORM_API Status global_lp_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, double p = 2) noexcept;

// The same of f32: a program that has these alone links the kernels of that operation and type, not of all.
POOLNORM_API Status max_pool(const float* src, const TensorDesc& src_desc, float* dst, const Window& window) noexcept;
POOLNORM_API Status adaptive_max_pool(const float* src, const TensorDesc& src_desc, float* dst,
                                      const Spatial& output) noexcept;
POOLNORM_API Status global_max_pool(const float* src, const TensorDesc& src_desc, float* dst) noexcept;
POOLNORM_API Status min_pool(const float* src, const TensorDesc& src_desc, float* dst, const Window& window) noexcept;
POOLNORM_API Status average_pool(const float* src, const TensorDesc& src_desc, float* dst, const Window& window,
                                 Divisor divisor = Divisor::padded) noexcept;
POOLNORM_API Status adaptive_average_pool(const float* src, const TensorDesc& src_desc, float* dst,
                                          const Spatial& output) noexcept;
POOLNORM_API Status global_average_pool(const float* src, const TensorDesc& src_desc, float* dst) noexcept;
POOLNORM_API Status lp_pool(const float* src, const TensorDesc& src_desc, float* dst, const Window& window,
                            double p = 2) noexcept;
POOLNORM_API Status global_lp_pool(const float* src, const TensorDesc& src_desc, float* dst, double p = 2) noexcept;

}  // namespace poolnorm
