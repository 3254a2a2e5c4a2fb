#include "plan/fold.hpp"

#include <cmath>

#include "plan/refuse.hpp"

namespace poolnorm {

Status check_parameter(const char* name, const Floats& values, std::int64_t channels, bool optional) noexcept {
  if (values.size == 0 && (optional || channels == 0)) return {};
  if (values.size != channels) {
    return invalid("%s has %lld values, must have %lld (one per channel)", name, static_cast<long long>(values.size),
                   static_cast<long long>(channels));
  }
  if (values.data == nullptr && channels > 0) return invalid("%s is null", name);
  return {};
}

Status check_parameters(const BatchNormDesc& desc, std::int64_t channels) noexcept {
  Status s;
  if (!(s = check_parameter("mean", desc.mean, channels, false))) return s;
  if (!(s = check_parameter("variance", desc.variance, channels, false))) return s;
  if (!(s = check_parameter("gamma", desc.gamma, channels, true))) return s;
  if (!(s = check_parameter("beta", desc.beta, channels, true))) return s;
  if (!(desc.epsilon >= 0) || std::isinf(desc.epsilon)) {
    return invalid("epsilon is %g, must be >= 0 and finite", static_cast<double>(desc.epsilon));
  }
  return {};
}

double norm_scale(const BatchNormDesc& desc, std::int64_t c) noexcept {
  const double gamma = desc.gamma.size == 0 ? 1.0 : static_cast<double>(desc.gamma.data[c]);
  return gamma / std::sqrt(static_cast<double>(desc.variance.data[c]) + static_cast<double>(desc.epsilon));
}

}  // namespace poolnorm
