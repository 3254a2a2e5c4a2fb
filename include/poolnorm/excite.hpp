// The second half of squeeze-and-excitation: y = act(x * scale[n][c] [+ residual]). The first half, a norm
// with its activation and their channel means in one pass, is a chain (chain.hpp) with an intermediate
// and a global average. Each image is what ScaleShiftDesc makes of it, without shift. Hu, Shen, Sun,
// "Squeeze-and-Excitation Networks" (2018).
#pragma once

#if defined(POOLNORM_WITHOUT_NORMS)
#error "this build of poolnorm has no norms: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <poolnorm/export.h>
#include <poolnorm/norm.hpp>

namespace poolnorm {

// Dims N, C and 0 to 3 spatial dims, those of dst and residual as those of src. f32, f16, bf16 and f64.
struct ExciteDesc {
  TensorDesc src;
  TensorDesc dst;       // not given: as src
  TensorDesc residual;  // not given: none. A stride of 0 broadcasts along that dim
  Activation activation;
};

class POOLNORM_API ExcitePlan {
 public:
  ExcitePlan() = default;
  ExcitePlan(ExcitePlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  ExcitePlan& operator=(ExcitePlan&& other) noexcept;
  ~ExcitePlan();

  // Refuses what NormPlan refuses, and s8 and u8.
  static Result<ExcitePlan> make(const ExciteDesc& desc, const PlanOptions& options = {}) noexcept;

  // `scale`: N x C values of float (of double where the tensors are f64), packed, read by this run; no output may
  // overlap them. dst may be src itself, or residual itself, where their strides agree. Allocates nothing, takes no
  // lock.
  Status run(ConstElements src, ConstElements scale, Elements dst, const RunContext& context = {}) const noexcept;
  Status run(ConstElements src, ConstElements scale, ConstElements residual, Elements dst,
             const RunContext& context = {}) const noexcept;

  // Always 0 today; callers that ask are safe with later versions.
  std::size_t workspace_bytes(const Executor& executor) const noexcept;

  // One line, as PoolPlan::explain writes it.
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

// One call, no plan kept. Mind the order: dst before residual, other than in run().
POOLNORM_API Status excite(const ExciteDesc& desc, ConstElements src, ConstElements scale, Elements dst,
                           ConstElements residual = nullptr) noexcept;

}  // namespace poolnorm
