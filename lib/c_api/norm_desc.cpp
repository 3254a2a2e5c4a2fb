#include "c_api/norm.hpp"
#include "c_api/parameters.hpp"
#include "c_api/quantization.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"
#include "plan/refuse.hpp"

namespace poolnorm::c_api {

// Before there were quantisations; what is `rounding` in one was reserved.
template <>
inline constexpr std::size_t known_sizes<poolnorm_batch_norm_desc>[] = {
    offsetof(poolnorm_batch_norm_desc, src_quantization), sizeof(poolnorm_batch_norm_desc)};
template <>
inline constexpr std::size_t known_sizes<poolnorm_scale_shift_desc>[] = {
    offsetof(poolnorm_scale_shift_desc, src_quantization), sizeof(poolnorm_scale_shift_desc)};

namespace {

template <class C, class Desc>
void read_quantizations(const C& c, Desc& desc) noexcept {
  desc.src_quantization = from_c(c.src_quantization);
  desc.dst_quantization = from_c(c.dst_quantization);
  desc.residual_quantization = from_c(c.residual_quantization);
  desc.rounding = static_cast<Rounding>(c.rounding);
}

}  // namespace

Activation from_c(const poolnorm_activation& c) noexcept {
  return {static_cast<ActivationKind>(c.kind), c.lo, c.hi, c.slope};
}

Status read(const char* name, const poolnorm_affine* c, Affine& affine) noexcept {
  poolnorm_affine a = poolnorm_affine_init();
  if (const Status s = read_struct(name, c, a); !s) return s;
  affine.mean = from_c(a.mean);
  affine.variance = from_c(a.variance);
  affine.gamma = from_c(a.gamma);
  affine.beta = from_c(a.beta);
  affine.scale = from_c(a.scale);
  affine.shift = from_c(a.shift);
  affine.epsilon = a.epsilon;
  return check_reserved(name, a.reserved);
}

Status read(const char* name, const poolnorm_batch_norm_desc* c, BatchNormDesc& desc) noexcept {
  poolnorm_batch_norm_desc d = poolnorm_batch_norm_desc_init();
  if (const Status s = read_struct(name, c, d); !s) return s;
  desc.src = from_c(d.src);
  desc.dst = from_c(d.dst);
  desc.residual = from_c(d.residual);
  desc.mean = from_c(d.mean);
  desc.variance = from_c(d.variance);
  desc.gamma = from_c(d.gamma);
  desc.beta = from_c(d.beta);
  desc.activation = from_c(d.activation);
  desc.epsilon = d.epsilon;
  read_quantizations(d, desc);
  return {};
}

Status read(const char* name, const poolnorm_scale_shift_desc* c, ScaleShiftDesc& desc) noexcept {
  poolnorm_scale_shift_desc d = poolnorm_scale_shift_desc_init();
  if (const Status s = read_struct(name, c, d); !s) return s;
  desc.src = from_c(d.src);
  desc.dst = from_c(d.dst);
  desc.residual = from_c(d.residual);
  desc.scale = from_c(d.scale);
  desc.shift = from_c(d.shift);
  desc.activation = from_c(d.activation);
  read_quantizations(d, desc);
  return check_reserved(name, d.reserved);
}

}  // namespace poolnorm::c_api

namespace {

poolnorm_activation to_c(const poolnorm::Activation& a) noexcept {
  return {static_cast<int>(a.kind), a.lo, a.hi, a.slope};
}

}  // namespace

poolnorm_activation poolnorm_relu() { return to_c(poolnorm::relu()); }
poolnorm_activation poolnorm_relu6() { return to_c(poolnorm::relu6()); }
poolnorm_activation poolnorm_clamp(float lo, float hi) { return to_c(poolnorm::clamp(lo, hi)); }
poolnorm_activation poolnorm_leaky_relu(float slope) { return to_c(poolnorm::leaky_relu(slope)); }
poolnorm_activation poolnorm_hard_swish() { return to_c(poolnorm::hard_swish()); }
poolnorm_activation poolnorm_hard_sigmoid() { return to_c(poolnorm::hard_sigmoid()); }
