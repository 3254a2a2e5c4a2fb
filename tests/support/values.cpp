#include "values.hpp"

#include <cmath>
#include <limits>

#include "bits.hpp"

namespace poolnorm::tests {
namespace {

float any_magnitude(Random& r) {
  const auto sign = static_cast<std::uint32_t>(r.in(0, 1)) << 31;
  const auto exponent = static_cast<std::uint32_t>(r.in(0, 254)) << 23;
  return float_of(sign | exponent | static_cast<std::uint32_t>(r.in(0, 0x7fffff)));
}

float one_value(Values kind, Random& r) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  switch (kind) {
    case Values::after_relu: return r.chance(65) ? 0.0f : r.uniform(0, 4);
    case Values::integers: {
      const auto i = static_cast<float>(r.in(-3, 3));
      return i == 0 && r.chance(50) ? -0.0f : i;
    }
    case Values::wide: return any_magnitude(r);
    case Values::cancelling: return r.pick({0x1p80f, -0x1p80f, 0x1p40f, -0x1p40f, r.uniform(-2, 2), r.uniform(-2, 2)});
    case Values::special:
      if (!r.chance(6)) return r.uniform(-2, 2);
      return r.pick({inf, -inf, float_of(0x7fc00000u), float_of(0xffc12345u), float_of(0x7f800001u), 0.0f, -0.0f, 3e38f,
                     -3e38f, 1e30f, 1e-40f, -1e-45f});
    default: return r.uniform(-2, 2);
  }
}

}  // namespace

Dense make_values(const std::vector<std::int64_t>& dims, Values kind, Random& random) {
  Dense d(dims);
  for (float& v : d.values) v = one_value(kind, random);
  return d;
}

std::vector<float> make_parameter(std::int64_t count, float lo, float hi, Random& random) {
  std::vector<float> p(static_cast<std::size_t>(count));
  for (float& v : p) v = random.uniform(lo, hi);
  return p;
}

}  // namespace poolnorm::tests
