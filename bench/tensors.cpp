#include "tensors.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

#if defined(__SSE2__)
#include <emmintrin.h>
#else
#include "caches.hpp"
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace bench {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

// Uniform in [0, 1), the low 32 bits of `index` hashed.
inline float uniform(std::int64_t index, std::uint32_t seed) {
  std::uint32_t x = static_cast<std::uint32_t>(index) * 0x9E3779B1u + seed;
  x = (x ^ (x >> 15)) * 0x85EBCA77u;
  x = (x ^ (x >> 13)) * 0xC2B2AE3Du;
  return static_cast<float>(static_cast<std::int32_t>((x ^ (x >> 16)) >> 8)) * 0x1p-24f;
}

inline float value(InputKind kind, std::int64_t index, std::uint32_t seed) {
  const float u = uniform(index, seed);
  if (kind == InputKind::relu) return u < 0.6f ? 0.0f : (u - 0.6f) * 5.0f;
  return (u - 0.5f) * 4.0f;
}

constexpr std::uint32_t input_seed = 1, residual_seed = 0x5bd1e995u;

void fill(float* data, const Layer& layer, std::int64_t batch, Layout layout, InputKind kind, std::uint32_t seed) {
  const std::int64_t channels = layer.channels, plane = layer.plane();
  for (std::int64_t n = 0; n < batch; ++n) {
    float* image = data + n * channels * plane;
    const std::int64_t first = n * channels * plane;
    if (layout == Layout::nchw) {
#pragma omp parallel for
      for (std::int64_t i = 0; i < channels * plane; ++i) image[i] = value(kind, first + i, seed);
    } else {
#pragma omp parallel for
      for (std::int64_t s = 0; s < plane; ++s)
        for (std::int64_t c = 0; c < channels; ++c) image[s * channels + c] = value(kind, first + c * plane + s, seed);
    }
  }
}

}  // namespace

const char* name(Layout layout) { return layout == Layout::nchw ? "nchw" : "nhwc"; }

float input_value(const Layer& layer, std::int64_t index) { return value(layer.input, index, input_seed); }

float residual_value(const Layer&, std::int64_t index) { return value(InputKind::relu, index, residual_seed); }

NormParameters::NormParameters(std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    mean.push_back(uniform(c, 11) - 0.5f);
    variance.push_back(uniform(c, 12) + 0.5f);
    gamma.push_back(uniform(c, 13) * 2.0f - 0.5f);
    beta.push_back(uniform(c, 14) - 0.5f);
  }
}

Buffer::~Buffer() { std::free(block_); }

float* Buffer::reserve(std::int64_t floats) {
  const std::size_t bytes = static_cast<std::size_t>(floats) * sizeof(float);
  if (bytes > capacity_ || block_ == nullptr) {
    std::free(block_);
    const std::size_t whole = (bytes + offset_ + huge_page) / huge_page * huge_page;
    block_ = std::aligned_alloc(huge_page, whole);
    if (block_ == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    madvise(block_, whole, MADV_HUGEPAGE);
#endif
    capacity_ = whole - offset_;
    data_ = reinterpret_cast<float*>(static_cast<char*>(block_) + offset_);
  }
  return data_;
}

void Tensors::prepare(const Layer& layer, std::int64_t batch, Layout layout) {
  if (layer_ == &layer && batch_ == batch && layout_ == layout) return;
  if (layer_ != &layer) parameters_ = NormParameters(layer.has_norm() ? layer.channels : 0);
  layer_ = nullptr;  // until all is filled
  const std::int64_t elements = src_elements_ = batch * layer.channels * layer.plane();
  fill(src_.reserve(elements), layer, batch, layout, layer.input, input_seed);
  if (layer.residual) fill(residual_.reserve(elements), layer, batch, layout, InputKind::relu, residual_seed);
  dst_elements_ = batch * layer.channels;
  for (const std::int64_t size : output_sizes(layer)) dst_elements_ *= size;
  dst_.reserve(dst_elements_);
  layer_ = &layer;
  batch_ = batch;
  layout_ = layout;
}

void Tensors::evict() const {
#if defined(__SSE2__)
  const auto flush = [](const float* data, std::int64_t elements) {
    constexpr std::int64_t line = 64 / sizeof(float);
    for (std::int64_t i = 0; i < elements; i += line) _mm_clflush(data + i);
    if (elements > 0) _mm_clflush(data + elements - 1);
  };
  flush(src_.data(), src_elements_);
  if (layer_->residual) flush(residual_.data(), src_elements_);
  flush(dst_.data(), dst_elements_);
  _mm_mfence();
#else
  static std::vector<char> other(static_cast<std::size_t>(2 * cache_bytes(3)));
  for (std::size_t i = 0; i < other.size(); i += 64) ++const_cast<volatile char&>(other[i]);
#endif
}

void Tensors::clear_dst() {
  std::fill(dst_.data(), dst_.data() + dst_elements_, std::numeric_limits<float>::quiet_NaN());
}

}  // namespace bench
