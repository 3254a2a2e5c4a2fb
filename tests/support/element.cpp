#include "element.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace poolnorm::tests {
namespace {

// A binary format of 16 bits.
struct Half {
  int mantissa_bits, bias;
  int exponent_bits() const { return 15 - mantissa_bits; }
  int special() const { return (1 << exponent_bits()) - 1; }

  double decode(std::uint16_t u) const {
    const int exponent = (u >> mantissa_bits) & special(), mantissa = u & ((1 << mantissa_bits) - 1);
    const double sign = u & 0x8000 ? -1 : 1;
    if (exponent == special()) {
      return mantissa == 0 ? sign * std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    }
    if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
    return sign * std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
  }

  std::uint16_t encode(double value) const {
    const int infinity = special() << mantissa_bits;
    if (std::isnan(value)) return static_cast<std::uint16_t>(infinity | (1 << (mantissa_bits - 1)));
    const int sign = std::signbit(value) ? 0x8000 : 0;
    const double magnitude = std::fabs(value);
    if (std::isinf(magnitude)) return static_cast<std::uint16_t>(sign | infinity);
    int exponent = magnitude == 0 ? 1 - bias : std::ilogb(magnitude);
    if (exponent < 1 - bias) exponent = 1 - bias;
    // The encoding of consecutive magnitudes is consecutive, so that a carry finds its own exponent.
    const auto steps = static_cast<std::int64_t>(std::nearbyint(std::ldexp(magnitude, mantissa_bits - exponent)));
    const std::int64_t u = steps + (static_cast<std::int64_t>(exponent + bias - 1) << mantissa_bits);
    return static_cast<std::uint16_t>(sign | (u > infinity ? infinity : static_cast<int>(u)));
  }
};

constexpr Half f16{10, 15}, bf16{7, 127};

template <class T>
T read(const void* p) {
  T x;
  std::memcpy(&x, p, sizeof x);
  return x;
}
template <class T>
void write(void* p, T x) {
  std::memcpy(p, &x, sizeof x);
}

template <class T>
void write_integer(void* p, double value) {
  const auto x = static_cast<T>(value);
  if (static_cast<double>(x) != value) std::abort();
  write(p, x);
}

}  // namespace

double decode(ElementType type, const void* p) {
  switch (type) {
    case ElementType::f32: return static_cast<double>(read<float>(p));
    case ElementType::f16: return f16.decode(read<std::uint16_t>(p));
    case ElementType::bf16: return bf16.decode(read<std::uint16_t>(p));
    case ElementType::f64: return read<double>(p);
    case ElementType::s8: return read<std::int8_t>(p);
    case ElementType::u8: return read<std::uint8_t>(p);
  }
  std::abort();
}

void encode(ElementType type, double value, void* p) {
  switch (type) {
    case ElementType::f32: return write(p, static_cast<float>(value));
    case ElementType::f16: return write(p, f16.encode(value));
    case ElementType::bf16: return write(p, bf16.encode(value));
    case ElementType::f64: return write(p, value);
    case ElementType::s8: return write_integer<std::int8_t>(p, value);
    case ElementType::u8: return write_integer<std::uint8_t>(p, value);
  }
  std::abort();
}

double rounded(ElementType type, double value) {
  double memory = 0;
  encode(type, value, &memory);
  return decode(type, &memory);
}

}  // namespace poolnorm::tests
