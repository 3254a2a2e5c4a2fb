// What runs of gradients of norms over channels check, and hand on.
#pragma once

#include <poolnorm/norm_backward.hpp>

#include "api/norm_checks.hpp"
#include "drive/channel_gradient_drive.hpp"

namespace poolnorm {

// Parameters, statistics and their gradients.
template <class Data>
Status check_gradient_arrays(const ChannelNormPlanData& p, const Data& d) noexcept {
  Status s;
  const std::int64_t statistics = p.sets * p.groups();
  if (!(s = check_array(p.data, "gamma", d.gamma, p.channels))) return s;
  if (!(s = check_needed(p.data, "mean", d.mean, statistics))) return s;
  if (!(s = check_array(p.data, "mean_low", d.mean_low, statistics))) return s;
  if (p.training && !(s = check_needed(p.data, "invstd", d.invstd, statistics))) return s;
  if (!(s = check_array(p.data, "grad_gamma", d.grad_gamma, p.channels))) return s;
  return check_array(p.data, "grad_beta", d.grad_beta, p.channels);
}

// Whether the mask and grad_residual are there as the plan wants them.
inline Status check_behind_mask_given(const ChannelNormPlanData& p, const BatchNormBackwardData& d) noexcept {
  if (p.has_mask != (d.mask != nullptr)) {
    return p.has_mask ? invalid("mask is null, the plan reads one") : invalid("mask is given, the plan has none");
  }
  if (p.has_gate == (d.grad_residual.data != nullptr)) return {};
  return p.has_gate ? invalid("grad_residual is null, the plan writes one")
                    : invalid("grad_residual is given, the plan has none");
}

// Checked data of a batch norm.
inline ChannelGradientRun gradient_run_of(const BatchNormBackwardData& d) noexcept {
  return {d.src.data,
          d.grad_dst.data,
          d.grad_src.data,
          d.grad_residual.data,
          d.mask,
          numbers_of(d.gamma),
          numbers_of(d.mean),
          numbers_of(d.mean_low),
          numbers_of(d.invstd),
          numbers_of(d.variance),
          numbers_of(d.grad_gamma),
          numbers_of(d.grad_beta)};
}

}  // namespace poolnorm
