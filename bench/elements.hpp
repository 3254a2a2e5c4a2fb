// Elements of a tensor of any type as numbers: what a benchmark's data and its checks need, no more.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include <poolnorm/tensor.hpp>

namespace bench {

// A type's element: `of` makes one of a value in [-2, 2), `value` gives back the number. No denormals are made.
struct F32 {
  using Stored = float;
  static Stored of(float x) { return x; }
  static double value(Stored x) { return static_cast<double>(x); }
};

struct F64 {
  using Stored = double;
  static Stored of(float x) { return static_cast<double>(x); }
  static double value(Stored x) { return x; }
};

struct Bf16 {
  using Stored = std::uint16_t;
  static Stored of(float x) {
    std::uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return static_cast<Stored>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
  static double value(Stored x) {
    const std::uint32_t bits = std::uint32_t{x} << 16;
    float wide;
    std::memcpy(&wide, &bits, sizeof wide);
    return static_cast<double>(wide);
  }
};

struct F16 {
  using Stored = std::uint16_t;
  static Stored of(float x) {
    std::uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    const std::uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    constexpr std::uint32_t smallest = 113u << 23, rebias = 112u << 23;  // 2^-14; exponents of 127 and of 15
    if (magnitude < smallest) return static_cast<Stored>(sign);
    return static_cast<Stored>(sign | ((magnitude - rebias + 0xfff + (magnitude >> 13 & 1)) >> 13));
  }
  static double value(Stored x) {
    const int exponent = x >> 10 & 31, fraction = x & 1023;
    const double sign = (x & 0x8000) != 0 ? -1 : 1;
    if (exponent == 31) return sign * (fraction == 0 ? HUGE_VAL : std::nan(""));
    return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
  }
};

struct S8 {
  using Stored = std::int8_t;
  static Stored of(float x) { return static_cast<Stored>(x * 63.0f); }
  static double value(Stored x) { return x; }
};

struct U8 {  // without a sign
  using Stored = std::uint8_t;
  static Stored of(float x) { return static_cast<Stored>(std::fabs(x) * 126.0f); }
  static double value(Stored x) { return x; }
};

// f(F32{}), f(F16{}), ...
template <class Function>
auto with_type(poolnorm::ElementType type, Function f) {
  switch (type) {
    case poolnorm::ElementType::f16: return f(F16{});
    case poolnorm::ElementType::bf16: return f(Bf16{});
    case poolnorm::ElementType::f64: return f(F64{});
    case poolnorm::ElementType::s8: return f(S8{});
    case poolnorm::ElementType::u8: return f(U8{});
    case poolnorm::ElementType::f32: break;
  }
  return f(F32{});
}

inline bool is_integer(poolnorm::ElementType type) {
  return type == poolnorm::ElementType::s8 || type == poolnorm::ElementType::u8;
}

inline double load(poolnorm::ElementType type, const void* data, std::int64_t index) {
  return with_type(type, [=](auto element) {
    using Element = decltype(element);
    return Element::value(static_cast<const typename Element::Stored*>(data)[index]);
  });
}

}  // namespace bench
