#include "plan/fold.hpp"

#include <cmath>

#include "plan/parameters.hpp"

namespace poolnorm {
namespace {

Status check_parameter(const char* prefix, const char* name, const Parameters& values, std::int64_t channels,
                       ElementType wanted, bool optional = true) noexcept {
  if (values.size == 0 && (optional || channels == 0)) return {};
  if (values.size != channels) {
    return invalid("%s%s has %lld values, must have %lld (one per channel)", prefix, name,
                   static_cast<long long>(values.size), static_cast<long long>(channels));
  }
  if (values.data == nullptr && channels > 0) return invalid("%s%s is null", prefix, name);
  return check_parameter_type(prefix, name, values, wanted);
}

inline double quotient(double gamma, double variance, float epsilon) noexcept {
  return gamma / std::sqrt(variance + static_cast<double>(epsilon));
}

}  // namespace

Affine affine_of(const BatchNormDesc& d) noexcept {
  return Affine::batch_norm(d.mean, d.variance, d.gamma, d.beta, d.epsilon);
}

Affine affine_of(const ScaleShiftDesc& d) noexcept { return Affine::scale_shift(d.scale, d.shift); }

Status check_batch_norm(const char* prefix, const Affine& a, std::int64_t channels, ElementType wanted) noexcept {
  Status s;
  if (!(s = check_parameter(prefix, "mean", a.mean, channels, wanted, false))) return s;
  if (!(s = check_parameter(prefix, "variance", a.variance, channels, wanted, false))) return s;
  if (!(s = check_parameter(prefix, "gamma", a.gamma, channels, wanted))) return s;
  if (!(s = check_parameter(prefix, "beta", a.beta, channels, wanted))) return s;
  return check_epsilon(prefix, a.epsilon);
}

Status check_epsilon(const char* prefix, float epsilon) noexcept {
  if (!(epsilon >= 0) || std::isinf(epsilon)) {
    return invalid("%sepsilon is %s, must be >= 0 and finite", prefix, Number(epsilon).text);
  }
  return {};
}

Status check_scale_shift(const char* prefix, const Affine& a, std::int64_t channels, ElementType wanted) noexcept {
  if (const Status s = check_parameter(prefix, "scale", a.scale, channels, wanted); !s) return s;
  return check_parameter(prefix, "shift", a.shift, channels, wanted);
}

double norm_scale(const Affine& a, std::int64_t c) noexcept {
  return quotient(value_or(a.gamma, c, 1.0), value_of(a.variance, c), a.epsilon);
}

template <class T>
void norm_scales(const Affine& a, T* scales, std::int64_t channels) noexcept {
  const T* const variance = values_as<T>(a.variance);
  const T* const gamma = values_as<T>(a.gamma);
  const float epsilon = a.epsilon;  // which scales cannot alias
  const auto of = [&](double g, std::int64_t c) {
    return static_cast<T>(quotient(g, static_cast<double>(variance[c]), epsilon));
  };
  if (gamma == nullptr) {
    for (std::int64_t c = 0; c < channels; ++c) scales[c] = of(1.0, c);
  } else {
    for (std::int64_t c = 0; c < channels; ++c) scales[c] = of(static_cast<double>(gamma[c]), c);
  }
}
template void norm_scales(const Affine&, float*, std::int64_t) noexcept;
template void norm_scales(const Affine&, double*, std::int64_t) noexcept;

}  // namespace poolnorm
