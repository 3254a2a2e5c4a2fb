#include "tensors.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "elements.hpp"

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

constexpr std::uint32_t input_seed = 1, residual_seed = 0x5bd1e995u, gradient_seed = 0x27d4eb2fu;

double value(const Layer& layer, InputKind kind, std::int64_t index, std::uint32_t seed) {
  return with_type(layer.type, [&](auto element) {
    using Element = decltype(element);
    return Element::value(Element::of(value(kind, index, seed)));
  });
}

template <class Element>
void fill(typename Element::Stored* data, const Layer& layer, std::int64_t plane, std::int64_t batch, Layout layout,
          InputKind kind, std::uint32_t seed) {
  const std::int64_t channels = layer.channels;
  for (std::int64_t n = 0; n < batch; ++n) {
    typename Element::Stored* image = data + n * channels * plane;
    const std::int64_t first = n * channels * plane;
    if (layout == Layout::nchw) {
#pragma omp parallel for
      for (std::int64_t i = 0; i < channels * plane; ++i) image[i] = Element::of(value(kind, first + i, seed));
    } else {
#pragma omp parallel for
      for (std::int64_t s = 0; s < plane; ++s)
        for (std::int64_t c = 0; c < channels; ++c)
          image[s * channels + c] = Element::of(value(kind, first + c * plane + s, seed));
    }
  }
}

void fill(Buffer& buffer, const Layer& layer, std::int64_t plane, std::int64_t batch, Layout layout, InputKind kind,
          std::uint32_t seed) {
  void* data = buffer.reserve(batch * layer.channels * plane * poolnorm::size_of(layer.type));
  with_type(layer.type, [&](auto element) {
    using Element = decltype(element);
    fill<Element>(static_cast<typename Element::Stored*>(data), layer, plane, batch, layout, kind, seed);
  });
}

}  // namespace

const char* name(Layout layout) { return layout == Layout::nchw ? "nchw" : "nhwc"; }

double input_value(const Layer& layer, std::int64_t index) { return value(layer, layer.input, index, input_seed); }

double residual_value(const Layer& layer, std::int64_t index) {
  return value(layer, InputKind::relu, index, residual_seed);
}

double gradient_value(const Layer& layer, std::int64_t index) {
  return value(layer, InputKind::signed_values, index, gradient_seed);
}

NormParameters::NormParameters(std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    mean.push_back(uniform(c, 11) - 0.5f);
    variance.push_back(uniform(c, 12) + 0.5f);
    gamma.push_back(uniform(c, 13) * 2.0f - 0.5f);
    beta.push_back(uniform(c, 14) - 0.5f);
  }
}

poolnorm::Quantization quantization_of(poolnorm::ElementType type) {
  return {type == poolnorm::ElementType::u8 ? 1.0f / 126 : 1.0f / 63, 0};
}

Buffer::~Buffer() { std::free(block_); }

void* Buffer::reserve(std::int64_t wanted) {
  const std::size_t bytes = static_cast<std::size_t>(wanted);
  if (bytes > capacity_ || block_ == nullptr) {
    std::free(block_);
    const std::size_t whole = (bytes + offset_ + huge_page) / huge_page * huge_page;
    block_ = std::aligned_alloc(huge_page, whole);
    if (block_ == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    madvise(block_, whole, MADV_HUGEPAGE);
#endif
    capacity_ = whole - offset_;
    data_ = static_cast<char*>(block_) + offset_;
  }
  return data_;
}

void Tensors::prepare(const Layer& layer, std::int64_t batch, Layout layout) {
  if (layer_ == &layer && batch_ == batch && layout_ == layout) return;
  if (layer_ != &layer) parameters_ = NormParameters(layer.has_norm() ? layer.channels : 0);
  layer_ = nullptr;  // until all is filled
  const std::int64_t plane = layer.plane(), output_plane = layer.output_plane();
  fill(src_, layer, plane, batch, layout, layer.input, input_seed);
  if (layer.residual) fill(residual_, layer, plane, batch, layout, InputKind::relu, residual_seed);
  if (layer.backward) fill(gradient_, layer, output_plane, batch, layout, InputKind::signed_values, gradient_seed);
  layer_ = &layer;
  batch_ = batch;
  layout_ = layout;
  dst_.reserve(dst_bytes());
  if (layer.indices) indices_.reserve(index_bytes());
  if (layer.keeps_tensor()) intermediate_.reserve(src_bytes());
}

std::int64_t Tensors::src_bytes() const {
  return batch_ * layer_->channels * layer_->plane() * poolnorm::size_of(layer_->type);
}

std::int64_t Tensors::dst_bytes() const { return layer_->backward ? src_bytes() : output_bytes(); }

std::int64_t Tensors::output_bytes() const {
  return batch_ * layer_->output_channels() * layer_->output_plane() * poolnorm::size_of(layer_->type);
}

std::int64_t Tensors::index_bytes() const {
  return batch_ * layer_->channels * layer_->output_plane() * size_of(*layer_->indices);
}

void Tensors::evict() const {
#if defined(__SSE2__)
  const auto flush = [](const void* data, std::int64_t bytes) {
    const char* first = static_cast<const char*>(data);
    for (std::int64_t i = 0; i < bytes; i += 64) _mm_clflush(first + i);
    if (bytes > 0) _mm_clflush(first + bytes - 1);
  };
  flush(src_.data(), src_bytes());
  if (layer_->residual) flush(residual_.data(), src_bytes());
  if (layer_->backward) flush(gradient_.data(), output_bytes());
  if (layer_->indices) flush(indices_.data(), index_bytes());
  flush(dst_.data(), dst_bytes());
  if (intermediate() != nullptr) flush(intermediate(), src_bytes());
  _mm_mfence();
#else
  static std::vector<char> other(static_cast<std::size_t>(2 * cache_bytes(3)));
  for (std::size_t i = 0; i < other.size(); i += 64) ++const_cast<volatile char&>(other[i]);
#endif
}

unsigned char Tensors::clear_byte() const { return layer_->type == poolnorm::ElementType::s8 ? 0x80 : clear_index_byte; }

bool Tensors::is_clear(const void* data) const {
  const bool of_indices = data == indices();
  const auto* first = static_cast<const unsigned char*>(data);
  const std::int64_t size = of_indices ? size_of(*layer_->indices) : poolnorm::size_of(layer_->type);
  const unsigned char clear = of_indices ? clear_index_byte : clear_byte();
  return std::all_of(first, first + size, [clear](unsigned char byte) { return byte == clear; });
}

void Tensors::clear_dst() {
  const int byte = clear_byte();
  std::memset(dst_.data(), byte, static_cast<std::size_t>(dst_bytes()));
  if (intermediate() != nullptr) std::memset(intermediate(), byte, static_cast<std::size_t>(src_bytes()));
  if (indices() != nullptr && !layer_->backward) std::memset(indices(), clear_index_byte, static_cast<std::size_t>(index_bytes()));
}

}  // namespace bench
