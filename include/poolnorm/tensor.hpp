// TensorDesc: the shape of a tensor in memory. Layout is strides: dims are always N, C, [D,] [H,] W,
// and nchw() and nhwc() only fill the strides in. A TensorDesc owns nothing and points at nothing.
#pragma once

#include <cstdint>
#include <initializer_list>

#include <poolnorm/export.h>

namespace poolnorm {

enum class ElementType : int {
  f32 = 0,
  f16,   // IEEE binary16
  bf16,  // the upper half of an f32
  f64,
  s8,
  u8,
};

// Bytes of one element; 0 for a type that is none.
constexpr std::int64_t size_of(ElementType type) noexcept {
  switch (type) {
    case ElementType::f32: return 4;
    case ElementType::f16:
    case ElementType::bf16: return 2;
    case ElementType::f64: return 8;
    case ElementType::s8:
    case ElementType::u8: return 1;
  }
  return 0;
}

// "f32", "f16", ...; "unknown" for a value that is no ElementType.
POOLNORM_API const char* name(ElementType type) noexcept;

// Whether this build has kernels for this type, of the operations that work on it.
POOLNORM_API bool available(ElementType type) noexcept;

inline constexpr int max_rank = 5;          // N, C, D, H, W
inline constexpr int max_spatial_rank = 3;  // D, H, W

namespace detail {
// The axes there are, whatever the rank says.
constexpr int axes(int rank) noexcept { return rank < 0 ? 0 : rank < max_rank ? rank : max_rank; }
// make() refuses strides of INT64_MAX with a message.
constexpr std::int64_t saturated_product(std::int64_t a, std::int64_t b) noexcept {
  if (a <= 0 || b <= 0) return 0;
  return a > INT64_MAX / b ? INT64_MAX : a * b;
}
}  // namespace detail

struct TensorDesc {
  ElementType type = ElementType::f32;
  int rank = 0;  // 2 + spatial dims; 0 means "not given"
  std::int64_t dims[max_rank] = {};
  std::int64_t strides[max_rank] = {};  // in elements; those of dims of size 1 are ignored

  // INT64_MAX where there are more.
  std::int64_t elements() const noexcept {
    std::int64_t n = rank == 0 ? 0 : 1;
    for (int i = 0; i < detail::axes(rank); ++i) n = detail::saturated_product(n, dims[i]);
    return n;
  }
};

// The lists N, C, [D,] [H,] W given to nchw() and nhwc(). Longer lists are cut to a rank that every
// plan refuses.
struct Dims {
  int count = 0;
  std::int64_t values[max_rank] = {};

  Dims(std::initializer_list<std::int64_t> list) noexcept : count(static_cast<int>(list.size())) {
    int i = 0;
    for (std::int64_t v : list) {
      if (i == max_rank) break;
      values[i++] = v;
    }
  }
  Dims(const std::int64_t* data, int n) noexcept : count(n) {
    for (int i = 0; i < n && i < max_rank; ++i) values[i] = data[i];
  }
};

// Packed, channels before the spatial dims (PyTorch's default, ONNX).
inline TensorDesc nchw(const Dims& dims, ElementType type = ElementType::f32) noexcept {
  TensorDesc t;
  t.type = type;
  t.rank = dims.count;
  std::int64_t step = 1;
  for (int i = detail::axes(dims.count) - 1; i >= 0; --i) {
    t.dims[i] = dims.values[i];
    t.strides[i] = step;
    step = detail::saturated_product(step, dims.values[i]);
  }
  return t;
}

// Packed, channels last in memory (PyTorch's channels_last, TensorFlow). Dims stay N, C, ..., W.
inline TensorDesc nhwc(const Dims& dims, ElementType type = ElementType::f32) noexcept {
  TensorDesc t = nchw(dims, type);
  if (t.rank < 2) return t;
  std::int64_t step = t.dims[1];
  t.strides[1] = 1;
  for (int i = detail::axes(t.rank) - 1; i >= 2; --i) {
    t.strides[i] = step;
    step = detail::saturated_product(step, t.dims[i]);
  }
  t.strides[0] = step;
  return t;
}

// `count` channels of `whole`, for reading from or writing into a concatenation buffer. The data
// pointer of the slice that begins at channel `first` is  data + first * whole.strides[1].
inline TensorDesc channel_slice(const TensorDesc& whole, std::int64_t count) noexcept {
  TensorDesc t = whole;
  t.dims[1] = count;
  return t;
}

// An nchw() tensor whose rows begin `pitch` >= W elements apart.
inline TensorDesc padded_rows(const TensorDesc& packed, std::int64_t pitch) noexcept {
  TensorDesc t = packed;
  std::int64_t step = pitch;
  for (int i = detail::axes(t.rank) - 2; i >= 0; --i) {
    t.strides[i] = step;
    step = detail::saturated_product(step, t.dims[i]);
  }
  return t;
}

}  // namespace poolnorm
