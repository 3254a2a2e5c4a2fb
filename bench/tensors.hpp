// The data of a row: inputs, output and norm parameters. Values are a function of the logical position and
// the type alone, so every layout holds the same tensor and a reference needs no copy of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "layer.hpp"

namespace bench {

enum class Layout { nchw, nhwc };
const char* name(Layout layout);

// Element `index` (N, C, spatial order, whatever the layout) of the input, of the residual and of the
// output's gradient.
double input_value(const Layer& layer, std::int64_t index);
double residual_value(const Layer& layer, std::int64_t index);
double gradient_value(const Layer& layer, std::int64_t index);

// Numbers of f32 that tensors of f64 want as doubles.
struct Values {
  std::vector<float> narrow;
  std::vector<double> wide;

  explicit Values(std::size_t count = 0) : narrow(count), wide(count) {}
  void push_back(float x) {
    narrow.push_back(x);
    wide.push_back(static_cast<double>(x));
  }
  float operator[](std::size_t i) const { return narrow[i]; }
  std::size_t size() const { return narrow.size(); }
  const float* data() const { return narrow.data(); }
  const float* begin() const { return narrow.data(); }
  const float* end() const { return narrow.data() + narrow.size(); }
};

struct NormParameters {
  Values mean, variance, gamma, beta;
  explicit NormParameters(std::int64_t channels);
};
inline constexpr float epsilon = 1e-5f;
// Of local response norm: what makes the divisor differ from 1.
inline constexpr float response_alpha = 1, response_beta = 0.75f, response_k = 1;

// Grows, never shrinks; on huge pages where the system gives them, `offset` bytes past such a page so
// that two tensors do not compete for the same cache sets.
class Buffer {
 public:
  explicit Buffer(std::size_t offset) : offset_(offset) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();
  void* reserve(std::int64_t bytes);
  void* data() const { return data_; }

 private:
  std::size_t offset_, capacity_ = 0;
  void* block_ = nullptr;
  void* data_ = nullptr;
};

// What elements of s8 and u8 stand for in norms: as much as `elements` makes of them.
poolnorm::Quantization quantization_of(poolnorm::ElementType type);

class Tensors {
 public:
  // Fills what has changed since the last call. `layer` must outlive the object.
  void prepare(const Layer& layer, std::int64_t batch, Layout layout);

  const void* src() const { return src_.data(); }
  const void* residual() const { return layer_->residual ? residual_.data() : nullptr; }
  const void* gradient() const { return layer_->backward ? gradient_.data() : nullptr; }
  void* dst() const { return dst_.data(); }  // backward: the input's gradient
  // Of a chain that writes one beside its output; else null.
  void* intermediate() const { return layer_->keeps_tensor() ? intermediate_.data() : nullptr; }
  // Of the layer's index type, one for each of its outputs. Backward reads what a subject's forward run left.
  void* indices() const { return layer_->indices ? indices_.data() : nullptr; }
  const NormParameters& parameters() const { return parameters_; }
  // And the intermediate and, forward, the indices: to NaN, or an integer that no layer gives.
  void clear_dst();
  bool is_clear(const void* data) const;  // of indices() or intermediate(): nobody has written there since
  void evict() const;                     // all tensors from all caches

 private:
  std::int64_t src_bytes() const;
  std::int64_t dst_bytes() const;
  std::int64_t output_bytes() const;
  std::int64_t index_bytes() const;
  unsigned char clear_byte() const;  // of dst and the intermediate
  static constexpr unsigned char clear_index_byte = 0xff;

  const Layer* layer_ = nullptr;
  std::int64_t batch_ = 0;
  Layout layout_ = Layout::nchw;
  Buffer src_{0}, residual_{2752}, dst_{1344}, gradient_{4032}, indices_{5440}, intermediate_{6784};
  NormParameters parameters_{0};
};

}  // namespace bench
