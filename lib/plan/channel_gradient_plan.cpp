#include "plan/channel_gradient_plan.hpp"

#include "dispatch/choose.hpp"
#include "dispatch/gradient_kernels.hpp"
#include "plan/fold.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {
namespace {

Status check_other(const char* name, const TensorDesc& t, const TensorDesc& src, bool written) noexcept {
  Status s;
  if (!(s = check_float_tensor(name, t, 2)) || !(s = check_like_src(name, t, src))) return s;
  return written ? check_no_overlap(name, t) : s;
}

Status plan_common(const TensorDesc& src, const TensorDesc& grad_dst, const TensorDesc& grad_src, bool batch,
                   const PlanOptions& options, ChannelNormPlanData& p) noexcept {
  Status s;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, p.isa))) return s;
  if (!(s = check_float_tensor("src", src, 2))) return s;
  p.src = src;
  p.data.type = src.type;
  p.residual = grad_dst.rank == 0 ? src : grad_dst;
  p.dst = grad_src.rank == 0 ? src : grad_src;
  p.has_residual = true;
  if (!(s = check_other("grad_dst", p.residual, src, false))) return s;
  if (!(s = check_other("grad_src", p.dst, src, true))) return s;
  if (p.has_gate && !(s = check_other("grad_residual", p.gate, src, true))) return s;
  p.gradients = gradient_kernels(p.isa, src.type);
  if (p.gradients == nullptr) return no_kernels_for(src);
  p.channels = src.dims[1];
  p.empty = src.dims[0] == 0 || src.dims[1] == 0;
  if (p.empty) return {};
  p.moments = &p.gradients->sums;
  return find_walk(batch, options, p);
}

}  // namespace

Status plan_channel_gradient(const BatchNormBackwardDesc& d, const PlanOptions& options,
                             ChannelNormPlanData& p) noexcept {
  if (const Status s = check_epsilon("", d.epsilon); !s) return s;
  p.has_gate = d.grad_residual.rank != 0;
  if (p.has_gate && !d.mask && !p.from_pool)
    return invalid("grad_residual is given without a mask: it is grad_dst itself");
  p.gate = d.grad_residual;
  p.has_mask = d.mask;
  p.training = d.training;
  p.epsilon = static_cast<double>(d.epsilon);
  // Behind a mask or a pool the gradient is kept where it is wanted anyway, or else where grad_src will be.
  p.behind_mask = !d.mask && !p.from_pool ? slot_residual : p.has_gate ? slot_gate : slot_dst;
  return plan_common(d.src, d.grad_dst, d.grad_src, true, options, p);
}

Status plan_channel_gradient(const GroupNormBackwardDesc& d, const PlanOptions& options,
                             ChannelNormPlanData& p) noexcept {
  if (const Status s = plan_common(d.src, d.grad_dst, d.grad_src, false, options, p); !s) return s;
  const WalkedTensor tensors[] = {{"src", &p.src}, {"grad_dst", &p.residual}, {"grad_src", &p.dst}};
  return plan_groups(d.groups, tensors, 3, p);
}

}  // namespace poolnorm
