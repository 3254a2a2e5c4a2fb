#include "plan/norm_quantization.hpp"

#include <algorithm>
#include <cmath>

#include "plan/quantization.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

ByteTensor byte_tensor(const Quantization& q, const TensorDesc& t) noexcept {
  const std::int32_t flip = t.type == ElementType::s8 ? 128 : 0;
  return {flip, q.zero_point + flip};
}

}  // namespace

Status check_tensor_quantization(const char* field, const char* tensor, const Quantization& q, ElementType type) noexcept {
  if (quantized(type)) return check_quantization(field, q, type);
  if (alike(q, {})) return {};
  return invalid("%s is given, %s has %s: only s8 and u8 are quantised", field, tensor, name(type));
}

Status check_norm_quantization(const NormQuantization& q, const TensorDesc& src, const TensorDesc& dst,
                               const TensorDesc& residual) noexcept {
  Status s;
  if (!(s = check_rounding(q.rounding))) return s;
  if (!(s = check_tensor_quantization("src_quantization", "src", q.src, src.type))) return s;
  if (!(s = check_tensor_quantization("dst_quantization", "dst", q.dst, dst.type))) return s;
  return residual.rank == 0 ? s : check_tensor_quantization("residual_quantization", "residual", q.residual, residual.type);
}

QuantizedArgs quantized_args(const NormQuantization& q, const TensorDesc& src, const TensorDesc& dst,
                             const TensorDesc& residual, const Activation& activation) noexcept {
  QuantizedArgs a{};
  a.src = byte_tensor(q.src, src);
  a.dst = byte_tensor(q.dst, dst);
  const double scale = static_cast<double>(q.dst.scale);
  if (residual.rank != 0) {
    a.residual = byte_tensor(q.residual, residual);
    a.residual_scale = in_steps(static_cast<double>(q.residual.scale), scale);
  }
  const auto lowest = static_cast<float>(-a.dst.zero), highest = static_cast<float>(255 - a.dst.zero);
  const auto bound = [&](double real) { return std::clamp(in_steps(real, scale), lowest, highest); };
  const bool clamps = activation.kind == ActivationKind::clamp;
  a.lo = clamps ? bound(static_cast<double>(activation.lo)) : activation.kind == ActivationKind::relu ? 0.0f : lowest;
  a.hi = clamps ? bound(static_cast<double>(activation.hi)) : highest;
  a.away = q.rounding == Rounding::half_away_from_zero;
  return a;
}

}  // namespace poolnorm
