#include "expectation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>

#include "elements.hpp"

namespace bench {
namespace {

using poolnorm::ElementType;

// One rounding to the type.
double rounding_of(ElementType type) {
  switch (type) {
    case ElementType::bf16: return 0x1p-8;
    case ElementType::f16: return 0x1p-11;
    case ElementType::f64: return 1e-13;
    default: return 0;
  }
}

std::int64_t load_index(poolnorm::IndexType type, const void* data, std::int64_t i) {
  switch (type) {
    case poolnorm::IndexType::u8: return static_cast<const std::uint8_t*>(data)[i];
    case poolnorm::IndexType::i32: return static_cast<const std::int32_t*>(data)[i];
    case poolnorm::IndexType::i64: break;
  }
  return static_cast<const std::int64_t*>(data)[i];
}

// All positions of a small output. Of a large one: the planes of the first and the last channel of the
// first and the last image as far as they fit, the very ends, and random positions.
std::vector<std::int64_t> positions(std::int64_t batch, std::int64_t channels, std::int64_t plane, std::int64_t most) {
  const std::int64_t all = batch * channels * plane;
  std::vector<std::int64_t> chosen;
  if (all <= most) {
    for (std::int64_t i = 0; i < all; ++i) chosen.push_back(i);
    return chosen;
  }
  const std::int64_t part = std::min(plane, most / 8);
  for (const std::int64_t first : {std::int64_t{0}, channels * plane - part, all - channels * plane, all - part})
    for (std::int64_t i = 0; i < part; ++i) chosen.push_back(first + i);
  std::mt19937_64 random(1);
  for (std::int64_t i = 0; i < most / 2; ++i)
    chosen.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(all)));
  return chosen;
}

}  // namespace

Expectation::Expectation(const Layer& layer, std::int64_t batch, const NormParameters& parameters) : layer_(layer) {
  const std::int64_t channels = layer.output_channels(), plane = layer.backward ? layer.plane() : layer.output_plane();
  const auto reference =
      layer.is_norm() ? make_norm_reference(layer, batch, parameters) : make_pool_reference(layer, batch, parameters);
  const std::int64_t most =
      std::clamp(static_cast<std::int64_t>(2e6 / reference->cost()), std::int64_t{256}, std::int64_t{40000});
  // Maxima, minima and integers are exact; the rest is roundings of f32 of values of order one, of which we have few
  // and peers may have more, then one to the type.
  const bool exact = is_integer(layer.type) || !(layer.has_norm() || layer.is_sum() || layer.backward);
  const bool wide = layer.type == ElementType::f64;
  tolerance_ = exact ? 0 : 1.01 * rounding_of(layer.type) + (wide ? 0 : 0x1p-20);
  if (is_integer(layer.type) && layer.has_norm()) tolerance_ = layer.is_average() ? 1 : 0.501;  // the norm's reference does not round
  // Others add statistics up in f32, halves and bf16 in what they like, and round integers' halves as they like.
  peer_tolerance_ = tolerance_ + (exact ? 0 : 2 * rounding_of(layer.type) + (wide ? 0 : 1e-5));
  if (layer.kind == LayerKind::batch_norm_training || (layer.is_norm() && layer.backward)) peer_tolerance_ += 2e-4;
  if (is_integer(layer.type) && layer.is_average()) peer_tolerance_ = 1;
  for (const std::int64_t i : positions(batch, channels, plane, most)) {
    const std::int64_t n = i / (channels * plane), c = i / plane % channels, s = i % plane;
    const Expected expected = reference->at(n, c, s);
    if (expected.decided) samples_.push_back({i, (n * plane + s) * channels + c, expected});
  }
}

std::string Expectation::difference_of_peer(const void* dst, const void* indices, Layout layout) const {
  std::string found = difference(dst, layout, peer_tolerance_);
  if (found.empty() && indices != nullptr) found = difference_of_indices(indices, layout);
  return found;
}

std::string Expectation::difference(const void* dst, Layout layout, double tolerance) const {
  const bool relative = !is_integer(layer_.type);
  for (const Sample& sample : samples_) {
    const double got = load(layer_.type, dst, offset(sample, layout)), expected = sample.expected.value;
    if (std::abs(got - expected) <= tolerance * (relative ? std::max({1.0, std::abs(expected), sample.expected.terms}) : 1)) continue;
    char text[160];
    std::snprintf(text, sizeof text, "wrong result: element %lld is %.9g, expected %.9g",
                  static_cast<long long>(sample.nchw), got, expected);
    return text;
  }
  return {};
}

std::string Expectation::difference_of_indices(const void* indices, Layout layout) const {
  if (!layer_.indices || layer_.backward) return {};
  for (const Sample& sample : samples_) {
    const std::int64_t got = load_index(*layer_.indices, indices, offset(sample, layout));
    if (got == sample.expected.index) continue;
    return "wrong index: that of element " + std::to_string(sample.nchw) + " is " + std::to_string(got) +
           ", expected " + std::to_string(sample.expected.index);
  }
  return {};
}

std::string Expectation::difference_in_bits(const void* dst, const void* indices, Layout layout) {
  std::string found = difference(dst, layout, tolerance_);
  if (found.empty()) found = difference_of_indices(indices, layout);
  if (!found.empty()) return found;
  const std::size_t size = static_cast<std::size_t>(poolnorm::size_of(layer_.type));
  std::vector<char> got(samples_.size() * size);
  for (std::size_t i = 0; i < samples_.size(); ++i)
    std::memcpy(got.data() + i * size,
                static_cast<const char*>(dst) + static_cast<std::size_t>(offset(samples_[i], layout)) * size, size);
  if (first_.empty()) first_ = got;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    if (std::memcmp(got.data() + i * size, first_.data() + i * size, size) == 0) continue;
    const std::int64_t k = static_cast<std::int64_t>(i);
    char text[160];
    std::snprintf(text, sizeof text, "other bits than in the first row of this layer: element %lld is %.9g, was %.9g",
                  static_cast<long long>(samples_[i].nchw), load(layer_.type, got.data(), k),
                  load(layer_.type, first_.data(), k));
    return text;
  }
  return {};
}

}  // namespace bench
