// What a LocalResponseNormPlan holds: the tensor as tiles that have all channels, so that dst may be src.
#pragma once

#include <poolnorm/local_response_norm.hpp>
#include <poolnorm/options.hpp>

#include "kernels/response_table.hpp"
#include "plan/sequence.hpp"

namespace poolnorm {

struct ResponsePlanData {
  TensorDesc src, dst;
  bool empty = false;
  bool channels_last = false;
  std::int64_t below = 0, above = 0;  // channels of a window, but for its own; no more than there are
  double k = 1, factor = 0;
  Exponent exponent{};

  // Pixels: of all images where channels are last, else of one. A task is a tile of them.
  std::int64_t images = 1;
  Sequence pixels;
  std::int64_t tile = 1, tasks = 1;
  std::int64_t squares_bytes = 0;

  const ResponseKernels* kernels = nullptr;
  Isa isa = Isa::portable;
  std::int64_t bytes = 0;

  std::int64_t channels() const noexcept { return src.dims[1]; }
  std::int64_t taps() const noexcept { return below + 1 + above; }
  std::int64_t rows() const noexcept { return below + channels() + above; }  // of squares, those of channels outside 0
  std::int64_t worker_bytes() const noexcept { return squares_bytes + 3 * response_block * 8; }
};

Status plan_response(const LocalResponseNormDesc& desc, const PlanOptions& options, ResponsePlanData& plan) noexcept;

}  // namespace poolnorm
