// Bytes: a fuzzer's input as the fields of descriptors. Sizes are mostly small or near a limit, enumerators
// mostly legal; any value is possible. Behind the input's end everything is 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <poolnorm/poolnorm.hpp>

namespace poolnorm::fuzz {

// Parameter arrays point here; a descriptor's `size` is the caller's promise, so it is kept.
inline constexpr std::int64_t parameter_count = 4096;
inline const float* parameters() {
  static const float* const values = [] {
    alignas(double) static float v[parameter_count];
    for (std::int64_t i = 0; i < parameter_count; ++i) v[i] = static_cast<float>(i % 7 - 3);
    return v;
  }();
  return values;
}

// Which of `count` targets an input's first byte names. A target more leaves most inputs, and those of the corpus,
// with the one they had.
inline std::size_t target(std::uint8_t byte, std::size_t count) {
  const std::size_t named = byte % 64;
  return named < count ? named : named % count;
}

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

  std::uint8_t byte() { return at_ == end_ ? std::uint8_t{0} : *at_++; }
  bool more() const { return at_ != end_; }
  bool flag() { return (byte() & 1) != 0; }
  template <class T>
  T raw() {
    T value{};
    for (std::size_t i = 0; i < sizeof value; ++i) {
      const std::uint8_t b = byte();
      std::memcpy(reinterpret_cast<char*>(&value) + i, &b, 1);
    }
    return value;
  }
  std::int64_t size() {
    static constexpr std::int64_t limits[] = {INT64_MAX,
                                              INT64_MAX / 2,
                                              INT64_MAX / 4,
                                              std::int64_t{1} << 62,
                                              std::int64_t{1} << 61,
                                              std::int64_t{1} << 32,
                                              (std::int64_t{1} << 32) - 1,
                                              std::int64_t{1} << 31,
                                              (std::int64_t{1} << 31) - 1,
                                              3037000500,
                                              46341,
                                              65536,
                                              1 << 20,
                                              1025,
                                              257,
                                              -1,
                                              -2,
                                              INT64_MIN,
                                              INT64_MIN + 1,
                                              -(std::int64_t{1} << 31)};
    const std::uint8_t b = byte();
    if (b < 200) return b % 67;
    if (b < 250) return limits[b % (sizeof limits / sizeof *limits)];
    return raw<std::int64_t>();
  }
  // 0 .. count - 1, sometimes just outside, sometimes anything.
  template <class Enum>
  Enum pick(int count) {
    const std::uint8_t b = byte();
    return static_cast<Enum>(b < 224 ? b % count : b < 240 ? count : raw<std::int32_t>());
  }
  float number() {
    static constexpr float some[] = {0.0f, 1e-5f, 1.0f, 6.0f, -1.0f, 0.1f, 0.5f, -0.0f};
    const std::uint8_t b = byte();
    return b < 224 ? some[b % 8] : raw<float>();
  }

  Parameters floats(std::int64_t channels) {
    const std::uint8_t b = byte();
    if (b < 64) return {};
    const std::int64_t count = b < 200 ? channels : size();
    // As many doubles stand in half the array.
    const bool wide = b % 16 == 1;
    const std::int64_t room = wide ? parameter_count / 2 : parameter_count;
    return {b == 255 ? nullptr : parameters(), count < room ? count : room, wide ? ElementType::f64 : ElementType::f32};
  }
  Spatial spatial() {
    Spatial s;
    s.count = pick<int>(4);
    for (std::int64_t& v : s.values) v = size();
    return s;
  }
  // Never falling, most of them.
  static const std::int64_t* start_values() {
    static const auto values = [] {
      std::array<std::int64_t, 70> v{};
      for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<std::int64_t>(i / 2) - (i == 50 ? 1 : 0);
      return v;
    }();
    return values.data();
  }
  static constexpr std::int64_t most_starts = 70;
  Starts starts() {
    const std::int64_t count = size();
    return {byte() < 250 ? start_values() : nullptr, count < most_starts ? count : most_starts};
  }
  Activation activation() { return {pick<ActivationKind>(6), number(), number(), number()}; }
  PlanOptions options() { return {pick<Isa>(6), pick<StorePolicy>(3)}; }

  TensorDesc tensor() {
    const std::uint8_t form = byte();
    Dims dims({});
    dims.count = pick<int>(6);
    for (std::int64_t& d : dims.values) d = size();
    const auto type = static_cast<ElementType>(byte() < 250 ? 0 : byte());
    TensorDesc t = form % 2 == 0 ? nchw(dims, type) : nhwc(dims, type);
    if (form % 8 == 2) t = padded_rows(t, size());
    if (form % 8 == 3) t = channel_slice(t, size());
    if (form % 8 == 5) t.strides[byte() % max_rank] = size();
    if (form % 8 == 6) {
      for (std::int64_t& s : t.strides) s = size();
    }
    return t;
  }
  // Mostly not given or of the shape of `like`.
  TensorDesc tensor(const TensorDesc& like) {
    const std::uint8_t form = byte();
    if (form < 96) return {};
    TensorDesc t = form < 224 ? like : tensor();
    if (form % 4 == 1) t.strides[byte() % max_rank] = size();
    if (form % 4 == 2) t.dims[byte() % max_rank] = size();
    return t;
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

}  // namespace poolnorm::fuzz
