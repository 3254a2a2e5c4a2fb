#include "sha256.hpp"

#include <cstdio>

#include "bits.hpp"

namespace poolnorm::tests {
namespace {

constexpr bool is_prime(int n) {
  for (int d = 2; d * d <= n; ++d) {
    if (n % d == 0) return false;
  }
  return true;
}

// The first 32 fractional bits of the square (root = 2) or cube root (root = 3) of the first primes.
template <int count>
struct RootBits {
  std::uint32_t words[count];

  explicit RootBits(int root) {
    int n = 0;
    for (int p = 2; n < count; ++p) {
      if (!is_prime(p)) continue;
      words[n++] = fraction(p, root);
    }
  }
  static std::uint32_t fraction(int p, int root) {
    // The largest r with r^root <= p * 2^(32 root), by bisection in exact integers.
    __extension__ typedef unsigned __int128 Wide;
    std::uint64_t lo = 0, hi = std::uint64_t{1} << 37;
    while (hi - lo > 1) {
      const std::uint64_t mid = (lo + hi) / 2;
      // mid < 2^37, so the power stays below 2^111.
      Wide power = static_cast<Wide>(mid) * mid;
      if (root == 3) power *= mid;
      (power <= static_cast<Wide>(p) << (32 * root) ? lo : hi) = mid;
    }
    return static_cast<std::uint32_t>(lo);
  }
};

constexpr std::uint32_t rotate(std::uint32_t x, int n) { return x >> n | x << (32 - n); }

void absorb(const std::uint8_t* block, std::uint32_t* state) {
  static const RootBits<64> k(3);
  std::uint32_t w[64];
  for (int i = 0; i < 16; ++i)
    w[i] = static_cast<std::uint32_t>(block[4 * i]) << 24 | static_cast<std::uint32_t>(block[4 * i + 1]) << 16 |
           static_cast<std::uint32_t>(block[4 * i + 2]) << 8 | block[4 * i + 3];
  for (int i = 16; i < 64; ++i) {
    const std::uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    const std::uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  std::uint32_t v[8];
  for (int i = 0; i < 8; ++i) v[i] = state[i];
  for (int i = 0; i < 64; ++i) {
    const std::uint32_t a = v[0], b = v[1], c = v[2], e = v[4], f = v[5], g = v[6];
    const std::uint32_t t1 =
        v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k.words[i] + w[i];
    const std::uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    for (int j = 7; j > 0; --j) v[j] = v[j - 1];
    v[4] += t1;
    v[0] = t1 + t2;
  }
  for (int i = 0; i < 8; ++i) state[i] += v[i];
}

}  // namespace

std::string sha256(const std::vector<std::uint8_t>& message) {
  std::vector<std::uint8_t> padded = message;
  padded.push_back(0x80);
  while (padded.size() % 64 != 56) padded.push_back(0);
  const std::uint64_t bits = std::uint64_t{8} * message.size();
  for (int shift = 56; shift >= 0; shift -= 8) padded.push_back(static_cast<std::uint8_t>(bits >> shift));
  RootBits<8> state(2);
  for (std::size_t i = 0; i < padded.size(); i += 64) absorb(padded.data() + i, state.words);
  std::string text;
  for (std::uint32_t word : state.words) {
    char digits[9];
    std::snprintf(digits, sizeof digits, "%08x", static_cast<unsigned>(word));
    text += digits;
  }
  return text;
}

namespace {

template <class T>
std::string of_numbers(const std::vector<T>& values) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(values.size() * sizeof(T));
  for (T v : values) {
    const std::uint64_t u = canonical_bits(v);
    for (int shift = 0; shift < static_cast<int>(8 * sizeof(T)); shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(u >> shift));
    }
  }
  return sha256(bytes);
}

}  // namespace

std::string sha256_of(const std::vector<float>& values) { return of_numbers(values); }
std::string sha256_of(const std::vector<double>& values) { return of_numbers(values); }

}  // namespace poolnorm::tests
