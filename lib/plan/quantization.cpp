#include "plan/quantization.hpp"

#include <limits>

#include "plan/refuse.hpp"

namespace poolnorm {

Status check_quantization(const char* name, const Quantization& q, ElementType type) noexcept {
  if (!(q.scale > 0) || q.scale > std::numeric_limits<float>::max()) {
    return invalid("%s.scale is %s, must be finite and > 0", name, Number(q.scale).text);
  }
  if (!quantized(type)) return {};
  const std::int32_t lowest = type == ElementType::s8 ? -128 : 0;
  if (q.zero_point < lowest || q.zero_point > lowest + 255) {
    return invalid("%s.zero_point is %d, must be %d to %d", name, static_cast<int>(q.zero_point),
                   static_cast<int>(lowest), static_cast<int>(lowest + 255));
  }
  return {};
}

Status check_rounding(Rounding rounding) noexcept {
  return check_known("rounding", rounding, Rounding::half_away_from_zero);
}

}  // namespace poolnorm
