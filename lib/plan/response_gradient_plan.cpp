#include "plan/response_gradient_plan.hpp"

#include "dispatch/response_gradient_kernels.hpp"

namespace poolnorm {

Status plan_response_gradient(const LocalResponseNormBackwardDesc& d, const PlanOptions& options,
                              ResponsePlanData& p) noexcept {
  const LocalResponseNormDesc numbers{{}, {}, d.size, d.window, d.alpha, d.beta, d.k};
  Status s;
  p.is_gradient = true;
  if (!(s = check_response(numbers, d.src, options, p))) return s;
  if (!(s = take_like_src("grad_dst", d.grad_dst, false, p, p.grad))) return s;
  if (!(s = take_like_src("grad_src", d.grad_src, true, p, p.dst)) || p.empty) return s;
  p.gradient = &response_gradient_kernels(p.isa, p.src.type);
  const ResponseTensor tensors[] = {
      {{"src", &p.src}, slot_src}, {{"grad_dst", &p.grad}, slot_residual}, {{"grad_src", &p.dst}, slot_dst}};
  return cut_response(numbers, tensors, 3, p);
}

}  // namespace poolnorm
