#include "values.hpp"

#include <cmath>
#include <limits>

#include "bits.hpp"
#include "element.hpp"

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
    case Values::tiny: return static_cast<float>(r.in(-96, 96)) * r.pick({0x1p-149f, 0x1p-130f});
    default: return r.uniform(-2, 2);
  }
}

}  // namespace

Dense make_values(const std::vector<std::int64_t>& dims, Values kind, Random& random) {
  Dense d(dims);
  for (float& v : d.values) v = one_value(kind, random);
  return d;
}

namespace {

float one_integer(ElementType type, Values kind, Random& r) {
  const float lowest = type == ElementType::s8 ? -128 : 0;
  switch (kind) {
    case Values::after_relu: return r.chance(65) ? 0.0f : static_cast<float>(r.in(0, 127));
    case Values::integers: return static_cast<float>(r.in(0, 3));
    case Values::special: return r.pick({lowest, lowest + 255, lowest + 1, lowest + 254, 0.0f, 1.0f});
    default: return lowest + static_cast<float>(r.in(0, 255));
  }
}

}  // namespace

Dense make_values(const TensorDesc& t, Values kind, Random& random) {
  const bool integer = t.type == ElementType::s8 || t.type == ElementType::u8;
  if (!integer) {
    Dense d = make_values(dims_of(t), kind, random);
    if (t.type == ElementType::f32) return d;
    for (float& v : d.values) v = static_cast<float>(rounded(t.type, v));
    return d;
  }
  Dense d(dims_of(t));
  for (float& v : d.values) v = one_integer(t.type, kind, random);
  return d;
}

Dense64 make_values64(const std::vector<std::int64_t>& dims, Values kind, Random& random) {
  const Dense d = make_values(dims, kind, random);
  Dense64 wide{dims, {d.values.begin(), d.values.end()}};
  // Digits and magnitudes that f32 has not.
  const double scale = random.pick({1.0, 1.0, 0x1p800, 0x1p-900});
  for (double& v : wide.values) v = v * scale * (1 + static_cast<double>(random.in(0, 1 << 20)) * 0x1p-50);
  return wide;
}

Dense64 finer(const Dense& x, Random& random) {
  Dense64 wide{x.dims, {x.values.begin(), x.values.end()}};
  for (double& v : wide.values) v *= 1 + static_cast<double>(random.uniform(0, 1)) * 0x1p-20;
  return wide;
}

}  // namespace poolnorm::tests
