#include "plan/fold.hpp"

#include <cmath>

#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

Status check_parameter(const char* prefix, const char* name, const Floats& values, std::int64_t channels,
                       bool optional) noexcept {
  if (values.size == 0 && (optional || channels == 0)) return {};
  if (values.size != channels) {
    return invalid("%s%s has %lld values, must have %lld (one per channel)", prefix, name,
                   static_cast<long long>(values.size), static_cast<long long>(channels));
  }
  if (values.data == nullptr && channels > 0) return invalid("%s%s is null", prefix, name);
  return {};
}

}  // namespace

Affine affine_of(const BatchNormDesc& d) noexcept {
  return Affine::batch_norm(d.mean, d.variance, d.gamma, d.beta, d.epsilon);
}

Affine affine_of(const ScaleShiftDesc& d) noexcept { return Affine::scale_shift(d.scale, d.shift); }

Status check_batch_norm(const char* prefix, const Affine& a, std::int64_t channels) noexcept {
  Status s;
  if (!(s = check_parameter(prefix, "mean", a.mean, channels, false))) return s;
  if (!(s = check_parameter(prefix, "variance", a.variance, channels, false))) return s;
  if (!(s = check_parameter(prefix, "gamma", a.gamma, channels, true))) return s;
  if (!(s = check_parameter(prefix, "beta", a.beta, channels, true))) return s;
  return check_epsilon(prefix, a.epsilon);
}

Status check_epsilon(const char* prefix, float epsilon) noexcept {
  if (!(epsilon >= 0) || std::isinf(epsilon)) {
    return invalid("%sepsilon is %s, must be >= 0 and finite", prefix, Number(epsilon).text);
  }
  return {};
}

Status check_scale_shift(const char* prefix, const Affine& a, std::int64_t channels) noexcept {
  if (const Status s = check_parameter(prefix, "scale", a.scale, channels, true); !s) return s;
  return check_parameter(prefix, "shift", a.shift, channels, true);
}

double norm_scale(const Affine& a, std::int64_t c) noexcept {
  const double gamma = a.gamma.size == 0 ? 1.0 : static_cast<double>(a.gamma.data[c]);
  return gamma / std::sqrt(static_cast<double>(a.variance.data[c]) + static_cast<double>(a.epsilon));
}

}  // namespace poolnorm
