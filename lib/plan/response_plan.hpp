// What a LocalResponseNormPlan and its gradient's hold: the tensor as tiles that have all channels, so that what is
// written may be what was read.
#pragma once

#include <poolnorm/local_response_norm.hpp>
#include <poolnorm/options.hpp>

#include "kernels/response_table.hpp"
#include "plan/sequence.hpp"
#include "plan/walk.hpp"

namespace poolnorm {

struct ResponsePlanData {
  TensorDesc src, dst;  // of a gradient dst is grad_src
  TensorDesc grad;      // of a gradient grad_dst
  bool is_gradient = false;
  bool empty = false;
  bool channels_last = false;
  std::int64_t below = 0, above = 0;  // channels of a window, but for its own; no more than there are
  double k = 1, factor = 0;
  Exponent exponent{};

  // Pixels: of all images where channels are last, else of one. A task is a tile of them.
  std::int64_t images = 1;
  Sequence pixels;
  std::int64_t tile = 1, tasks = 1;
  std::int64_t squares_bytes = 0;  // and as many of a gradient's shares

  const ResponseKernels* kernels = nullptr;
  const ResponseGradientKernels* gradient = nullptr;
  Isa isa = Isa::portable;
  std::int64_t bytes = 0;

  std::int64_t channels() const noexcept { return src.dims[1]; }
  std::int64_t taps() const noexcept { return below + 1 + above; }
  std::int64_t rows() const noexcept { return below + channels() + above; }  // of squares, those of channels outside 0
  std::int64_t worker_bytes() const noexcept {
    return (is_gradient ? 2 : 1) * squares_bytes + response_scratch * 8;
  }
};

Status plan_response(const LocalResponseNormDesc& desc, const PlanOptions& options, ResponsePlanData& plan) noexcept;

// The parts of it that the gradient's plan has, too. `numbers`: the tensors of it are not looked at.
Status check_response(const LocalResponseNormDesc& numbers, const TensorDesc& src, const PlanOptions& options,
                      ResponsePlanData& plan) noexcept;
Status take_like_src(const char* name, const TensorDesc& given, bool written, const ResponsePlanData& plan,
                     TensorDesc& taken) noexcept;
struct ResponseTensor {
  WalkedTensor tensor;
  Slot slot;
};
Status cut_response(const LocalResponseNormDesc& numbers, const ResponseTensor* tensors, int count,
                    ResponsePlanData& plan) noexcept;

}  // namespace poolnorm
