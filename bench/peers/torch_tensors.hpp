// A row's tensors as PyTorch's.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "subject.hpp"

namespace bench::torch {

// A 1-D image is a 2-D one of one row, since channels-last needs at least two axes.
inline std::vector<std::int64_t> dims(const Row& row, const Sizes& spatial) {
  std::vector<std::int64_t> all = {row.batch, row.layer.channels};
  if (spatial.size() == 1) all.push_back(1);
  all.insert(all.end(), spatial.begin(), spatial.end());
  return all;
}

inline at::ScalarType type_of(const Layer& layer) {
  switch (layer.type) {
    case poolnorm::ElementType::f16: return at::kHalf;
    case poolnorm::ElementType::bf16: return at::kBFloat16;
    case poolnorm::ElementType::f64: return at::kDouble;
    case poolnorm::ElementType::s8: return at::kChar;
    case poolnorm::ElementType::u8: return at::kByte;
    case poolnorm::ElementType::f32: break;
  }
  return at::kFloat;
}

// No tensor where there is no data.
inline at::Tensor wrap(const void* data, const std::vector<std::int64_t>& dims, Layout layout, at::ScalarType type) {
  if (data == nullptr) return {};
  std::vector<std::int64_t> strides(dims.size(), 1);
  const bool last = layout == Layout::nhwc;
  std::int64_t step = last ? dims[1] : 1;
  for (std::size_t i = dims.size(); i-- > 2;) {
    strides[i] = step;
    step *= dims[i];
  }
  strides[1] = last ? 1 : step;
  strides[0] = last ? step : step * dims[1];
  return at::from_blob(const_cast<void*>(data), dims, strides, type);
}

inline at::Tensor of(const std::vector<float>& values) {
  return at::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())}, at::kFloat);
}

inline at::Tensor like(const at::Tensor& tensor, bool channels_last) {
  if (!tensor.defined()) return {};
  const at::MemoryFormat format = !channels_last      ? at::MemoryFormat::Contiguous
                                  : tensor.dim() == 5 ? at::MemoryFormat::ChannelsLast3d
                                                      : at::MemoryFormat::ChannelsLast;
  return at::empty(tensor.sizes(), tensor.options().memory_format(format));
}

// What its poolings are told of a sliding window.
struct Window {
  std::vector<std::int64_t> kernel, stride, padding, dilation;
  std::optional<std::int64_t> divisor;
  bool count_padding = true, ceil = false;

  explicit Window(const Layer& layer)
      : kernel(layer.kernel),
        stride(layer.stride),
        padding(layer.padding),
        dilation(layer.dilation),
        count_padding(layer.divisor != poolnorm::Divisor::valid),
        ceil(layer.ceil) {
    if (layer.spatial.size() == 1) {
      for (auto* sizes : {&kernel, &stride, &dilation}) sizes->insert(sizes->begin(), 1);
      padding.insert(padding.begin(), 0);
    }
    if (layer.divisor != poolnorm::Divisor::full_kernel) return;
    divisor = 1;
    for (const std::int64_t k : kernel) *divisor *= k;
  }
};

// Null: a gradient that is left out. `converts`: to the other layout and back.
std::unique_ptr<Subject> make_gradient(const Row& row, const Tensors& tensors, bool converts);

}  // namespace bench::torch
