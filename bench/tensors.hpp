// The data of a row: input, residual, output and norm parameters. Values are a function of the
// logical position alone, so every layout holds the same tensor and a reference needs no copy of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "layer.hpp"

namespace bench {

enum class Layout { nchw, nhwc };
const char* name(Layout layout);

// Element `index` (N, C, spatial order, whatever the layout) of the input and of the residual.
float input_value(const Layer& layer, std::int64_t index);
float residual_value(const Layer& layer, std::int64_t index);

struct NormParameters {
  std::vector<float> mean, variance, gamma, beta;
  explicit NormParameters(std::int64_t channels);
};
inline constexpr float epsilon = 1e-5f;

// Grows, never shrinks; on huge pages where the system gives them, `offset` bytes past such a page so
// that two tensors do not compete for the same cache sets.
class Buffer {
 public:
  explicit Buffer(std::size_t offset) : offset_(offset) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();
  float* reserve(std::int64_t floats);
  float* data() const { return data_; }

 private:
  std::size_t offset_, capacity_ = 0;
  void* block_ = nullptr;
  float* data_ = nullptr;
};

class Tensors {
 public:
  // Fills what has changed since the last call. `layer` must outlive the object.
  void prepare(const Layer& layer, std::int64_t batch, Layout layout);

  const float* src() const { return src_.data(); }
  const float* residual() const { return layer_->residual ? residual_.data() : nullptr; }
  float* dst() const { return dst_.data(); }
  const NormParameters& parameters() const { return parameters_; }
  void clear_dst();
  void evict() const;  // all tensors from all caches

 private:
  const Layer* layer_ = nullptr;
  std::int64_t batch_ = 0;
  Layout layout_ = Layout::nchw;
  Buffer src_{0}, residual_{2752}, dst_{1344};
  std::int64_t src_elements_ = 0, dst_elements_ = 0;
  NormParameters parameters_{0};
};

}  // namespace bench
