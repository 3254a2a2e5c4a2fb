// The bits of a float, and the one NaN that stands for all quiet ones.
#pragma once

#include <cstdint>
#include <cstring>

namespace poolnorm::tests {

inline std::uint32_t bits_of(float x) {
  std::uint32_t u;
  std::memcpy(&u, &x, sizeof u);
  return u;
}
inline std::uint64_t bits_of(double x) {
  std::uint64_t u;
  std::memcpy(&u, &x, sizeof u);
  return u;
}
inline float float_of(std::uint32_t u) {
  float x;
  std::memcpy(&x, &u, sizeof x);
  return x;
}

// Sign and payload of a NaN result are unspecified, but it is quiet: signalling ones stay themselves.
inline std::uint32_t canonical_bits(float x) {
  const std::uint32_t u = bits_of(x);
  return (u & 0x7fc00000u) == 0x7fc00000u ? 0x7fc00000u : u;
}

inline std::uint64_t canonical_bits(double x) {
  const std::uint64_t u = bits_of(x);
  return (u & 0x7ff8000000000000u) == 0x7ff8000000000000u ? 0x7ff8000000000000u : u;
}

}  // namespace poolnorm::tests
