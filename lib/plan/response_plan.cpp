#include "plan/response_plan.hpp"

#include <algorithm>
#include <limits>

#include "dispatch/choose.hpp"
#include "dispatch/response_kernels.hpp"
#include "plan/checked.hpp"
#include "plan/exponent.hpp"
#include "plan/lane_form.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {
namespace {

// Squares of a tile stay in the second-level cache; rows of them are worth a vector or two.
constexpr std::int64_t tile_squares = 16384, least_tile = 16, most_tile = response_block;

bool finite_and_not_negative(double x) noexcept { return x >= 0 && x <= std::numeric_limits<double>::max(); }

Status check_numbers(const LocalResponseNormDesc& d) noexcept {
  if (d.size < 1) return invalid("size is %lld, must be >= 1", static_cast<long long>(d.size));
  if (const Status s = check_known("window", d.window, ResponseWindow::upper); !s) return s;
  if (!finite_and_not_negative(d.alpha)) return invalid("alpha is %s, must be finite and >= 0", Number(d.alpha).text);
  if (!(d.beta >= 0x1p-10 && d.beta <= 0x1p10)) {
    return invalid("beta is %s, must be 1/1024 to 1024", Number(d.beta).text);
  }
  if (!finite_and_not_negative(d.k)) return invalid("k is %s, must be finite and >= 0", Number(d.k).text);
  if (d.k == 0 && d.alpha == 0) return invalid("k and alpha are 0: nothing to divide by");
  return {};
}

void cut(const ResponseTensor* tensors, int count, ResponsePlanData& p) noexcept {
  const auto append = [&](int axis) {
    SequenceAxis a;
    a.count = p.src.dims[axis];
    for (int i = 0; i < count; ++i) a.step[tensors[i].slot] = tensors[i].tensor.desc->strides[axis];
    p.pixels.append(a);
  };
  if (p.channels_last) append(0);
  for (int axis = 2; axis < p.src.rank; ++axis) append(axis);
  p.pixels.close(!p.channels_last);
  p.images = p.channels_last ? 1 : p.src.dims[0];
  const std::int64_t most = p.pixels.elements(), fit = tile_squares / (p.is_gradient ? 2 : 1) / p.rows();
  p.tile = std::min(most, p.channels_last ? std::max<std::int64_t>(1, fit)
                                          : std::clamp(fit / least_tile * least_tile, least_tile, most_tile));
  p.tasks = p.images * ceil_div(most, p.tile);
}

}  // namespace

Status check_response(const LocalResponseNormDesc& d, const TensorDesc& src, const PlanOptions& options,
                      ResponsePlanData& p) noexcept {
  Status s;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, p.isa))) return s;
  if (!(s = check_numbers(d)) || !(s = check_float_tensor("src", src, 2))) return s;
  if (!available(src.type)) return no_kernels_for(src);
  p.src = src;
  p.empty = src.dims[0] == 0 || src.dims[1] == 0;
  p.kernels = &response_kernels(p.isa, src.type);
  return {};
}

Status take_like_src(const char* name, const TensorDesc& given, bool written, const ResponsePlanData& p,
                     TensorDesc& t) noexcept {
  t = given.rank == 0 ? p.src : given;
  Status s;
  if (!(s = check_tensor(name, t, 2)) || !(s = check_like_src(name, t, p.src))) return s;
  return written ? check_no_overlap(name, t) : s;
}

Status cut_response(const LocalResponseNormDesc& d, const ResponseTensor* tensors, int count,
                    ResponsePlanData& p) noexcept {
  WalkedTensor walked[3];
  std::transform(tensors, tensors + count, walked, [](const ResponseTensor& t) { return t.tensor; });
  Walk walk = Walk::channels_first;
  if (const Status s = choose_walk(walked, count, false, walk); !s && p.channels() > 1) return s;
  p.channels_last = walk == Walk::channels_last;
  const std::int64_t less = (d.size - 1) / 2, more = d.size / 2, most = p.channels() - 1;
  p.below = std::min(most, d.window == ResponseWindow::lower ? more : less);
  p.above = std::min(most, d.window == ResponseWindow::lower ? less : more);
  p.k = d.k;
  p.factor = d.alpha / static_cast<double>(d.size);
  p.exponent = exponent_of(d.beta);
  cut(tensors, count, p);
  const Checked squares = Checked(p.rows()) * p.tile * 8 + 64, both = squares * 2 + response_scratch * 8;
  if (!both.fits()) return invalid("the workspace of this norm would exceed 64 bits");
  p.squares_bytes = whole_lines(squares.value());
  p.bytes = p.src.elements() * size_of(p.src.type) * count;
  return {};
}

Status plan_response(const LocalResponseNormDesc& d, const PlanOptions& options, ResponsePlanData& p) noexcept {
  Status s;
  if (!(s = check_response(d, d.src, options, p))) return s;
  if (!(s = take_like_src("dst", d.dst, true, p, p.dst)) || p.empty) return s;
  const ResponseTensor tensors[] = {{{"src", &p.src}, slot_src}, {{"dst", &p.dst}, slot_dst}};
  return cut_response(d, tensors, 2, p);
}

}  // namespace poolnorm
