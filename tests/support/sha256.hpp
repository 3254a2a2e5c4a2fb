// SHA-256 (FIPS 180-4) of float and double tensors, NaN canonicalised: the form in which results are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace poolnorm::tests {

// 64 hexadecimal digits.
std::string sha256(const std::vector<std::uint8_t>& message);

// Of the little-endian bits.
std::string sha256_of(const std::vector<float>& values);
std::string sha256_of(const std::vector<double>& values);

}  // namespace poolnorm::tests
