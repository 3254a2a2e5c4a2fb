#include "layer.hpp"

#include <algorithm>
#include <cmath>

namespace bench {
namespace {

std::string_view kind_name(LayerKind kind) {
  switch (kind) {
    case LayerKind::max: return "max";
    case LayerKind::min: return "min";
    case LayerKind::average: return "average";
    case LayerKind::adaptive_max: return "adaptive_max";
    case LayerKind::adaptive_average: return "adaptive_average";
    case LayerKind::global_max: return "global_max";
    case LayerKind::global_average: return "global_average";
    case LayerKind::lp: return "lp";
    case LayerKind::global_lp: return "global_lp";
    case LayerKind::local_response_norm: return "local_response_norm";
    case LayerKind::excite: return "excite";
    case LayerKind::batch_norm: return "batch_norm";
    case LayerKind::batch_norm_training: return "batch_norm_training";
    case LayerKind::group_norm: return "group_norm";
    case LayerKind::layer_norm: return "layer_norm";
    case LayerKind::rms_norm: return "rms_norm";
  }
  return "?";
}

// 3 for {3, 3}; 1x3 for {1, 3}.
std::string joined(const Sizes& sizes) {
  const bool same = std::all_of(sizes.begin(), sizes.end(), [&](std::int64_t v) { return v == sizes[0]; });
  std::string text;
  for (std::size_t i = 0; i < (same ? 1 : sizes.size()); ++i) text += (i == 0 ? "" : "x") + std::to_string(sizes[i]);
  return text;
}

bool all(const Sizes& sizes, std::int64_t value) {
  return std::all_of(sizes.begin(), sizes.end(), [&](std::int64_t v) { return v == value; });
}

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

std::string_view name(poolnorm::ActivationKind kind) {
  switch (kind) {
    case poolnorm::ActivationKind::none: return "none";
    case poolnorm::ActivationKind::relu: return "relu";
    case poolnorm::ActivationKind::clamp: return "relu6";
    case poolnorm::ActivationKind::leaky_relu: return "leaky_relu";
    case poolnorm::ActivationKind::hard_swish: return "hard_swish";
    case poolnorm::ActivationKind::hard_sigmoid: return "hard_sigmoid";
  }
  return "?";
}

std::string_view name(poolnorm::IndexType type) {
  switch (type) {
    case poolnorm::IndexType::u8: return "u8";
    case poolnorm::IndexType::i32: return "i32";
    case poolnorm::IndexType::i64: return "i64";
  }
  return "?";
}

std::int64_t size_of(poolnorm::IndexType type) {
  return type == poolnorm::IndexType::u8 ? 1 : type == poolnorm::IndexType::i32 ? 4 : 8;
}

bool Layer::is_asked_of_peers() const {
  if (has_slices() || is_lp() || training || unpool || has_mask() || parts > 1) return false;
  if (kind == LayerKind::batch_norm && backward) return false;
  if (kind == LayerKind::excite || kind == LayerKind::rms_norm || (has_rows() && residual)) return false;
  return !(has_norm() && !is_response() && type == poolnorm::ElementType::f64);
}

bool Layer::is_average() const {
  return kind == LayerKind::average || kind == LayerKind::adaptive_average || kind == LayerKind::global_average;
}

bool Layer::is_sum() const { return is_average() || (is_lp() && !std::isinf(p)); }

bool Layer::is_adaptive() const {
  return kind == LayerKind::adaptive_max || kind == LayerKind::adaptive_average || kind == LayerKind::global_max ||
         kind == LayerKind::global_average || kind == LayerKind::global_lp;
}

std::int64_t Layer::plane() const {
  std::int64_t n = 1;
  for (const std::int64_t v : spatial) n *= v;
  return n;
}

std::int64_t Layer::output_plane() const {
  std::int64_t n = 1;
  for (const std::int64_t v : output_sizes(*this)) n *= v;
  return n;
}

bool Layer::takes(poolnorm::ElementType element) const {
  using Type = poolnorm::ElementType;
  if (element == Type::f32) return true;
  if (is_response()) return element == Type::f16 || element == Type::bf16 || element == Type::f64;
  if (has_slices() || training) return false;
  const bool is_floating = element == Type::f16 || element == Type::bf16 || element == Type::f64;
  if ((kind == LayerKind::batch_norm && !backward) || (norm && !is_lp())) return true;
  return is_floating || unpool || !(backward || is_lp() || has_norm());
}

std::string Layer::name() const {
  std::string text = operation();
  if (indices) text += "_indices_" + std::string(bench::name(*indices));
  if (backward) text += unpool ? "_unpool" : "_backward";
  if (type != poolnorm::ElementType::f32) text += "_" + std::string(poolnorm::name(type));
  return text;
}

std::string Layer::operation() const {
  std::string text;
  const std::string map =
      std::string(residual ? "_add" : "") +
      (activation.kind == poolnorm::ActivationKind::none ? "" : "_" + std::string(bench::name(activation.kind)));
  if (norm) text = (training ? "training" : "norm") + map + "+";
  text += kind_name(kind);
  if (is_lp()) text += std::isinf(p) ? "inf" : std::to_string(static_cast<int>(p));
  text += "_" + std::to_string(channels);
  for (const std::int64_t v : spatial) text += "x" + std::to_string(v);
  if (is_response()) text += "_k" + std::to_string(size);
  if (kind == LayerKind::group_norm) text += "_g" + std::to_string(groups);
  if (parts > 1) text += "_parts" + std::to_string(parts);
  if (is_norm()) return text + map;
  if (is_adaptive()) {
    if (!all(output, 1)) text += "_o" + joined(output);
    return text;
  }
  text += "_k" + joined(kernel) + "s" + joined(stride) + "p" + joined(padding);
  if (!all(dilation, 1)) text += "d" + joined(dilation);
  if (ceil) text += "_ceil";
  if (divisor == poolnorm::Divisor::valid) text += "_valid";
  if (divisor == poolnorm::Divisor::full_kernel) text += "_full";
  if (times > 1) text += "_x" + std::to_string(times);
  if (intermediate) text += "_kept";
  return text;
}

std::vector<AxisWindow> windows(const Layer& layer, std::size_t axis) {
  const std::int64_t in = layer.spatial[axis];
  std::vector<AxisWindow> all;
  if (layer.is_norm()) {
    for (std::int64_t i = 0; i < in; ++i) all.push_back({i, 1, 1, 1, 0, 1});
    return all;
  }
  if (layer.is_adaptive()) {
    const std::int64_t out = layer.output[axis];
    for (std::int64_t i = 0; i < out; ++i) {
      const std::int64_t first = i * in / out;
      const std::int64_t count = ceil_divide((i + 1) * in, out) - first;
      all.push_back({first, 1, count, count, 0, count});
    }
    return all;
  }
  const std::int64_t kernel = layer.kernel[axis], stride = layer.stride[axis];
  const std::int64_t pad = layer.padding[axis], step = layer.dilation[axis];
  const std::int64_t room = in + 2 * pad - ((kernel - 1) * step + 1);
  std::int64_t count = (layer.ceil ? ceil_divide(room, stride) : room / stride) + 1;
  if (layer.ceil && (count - 1) * stride >= in + pad) --count;  // that window would see padding only
  for (std::int64_t i = 0; i < count; ++i) {
    AxisWindow window{0, step, 0, 0, 0, kernel};
    for (std::int64_t tap = 0; tap < kernel; ++tap) {
      const std::int64_t at = i * stride - pad + tap * step;
      if (at >= in + pad) break;
      ++window.padded;
      if (at < 0 || at >= in) continue;
      if (window.inside++ == 0) window.first = at, window.skipped = tap;
    }
    all.push_back(window);
  }
  return all;
}

std::optional<SlidingAxis> sliding(const Layer& layer, std::size_t axis) {
  const std::vector<AxisWindow> all = windows(layer, axis);
  const std::int64_t in = layer.spatial[axis], count = static_cast<std::int64_t>(all.size());
  SlidingAxis found;
  if (layer.is_adaptive()) {
    found.kernel = all[0].inside;
    found.stride = count > 1 ? all[1].first : found.kernel;
    for (std::int64_t i = 0; i < count; ++i) {
      const AxisWindow& window = all[static_cast<std::size_t>(i)];
      if (window.first != i * found.stride || window.inside != found.kernel) return std::nullopt;
    }
    return found;
  }
  found = {layer.kernel[axis], layer.stride[axis], layer.dilation[axis], layer.padding[axis], 0};
  const std::int64_t reached = (count - 1) * found.stride + (found.kernel - 1) * found.dilation + 1;
  found.end = std::max<std::int64_t>(0, reached - found.begin - in);
  return found;
}

std::vector<Layer> slices(const Layer& layer) {
  if (!layer.has_slices()) return {layer};
  std::vector<Layer> all;
  for (std::int64_t n = layer.intermediate ? 0 : 1; n <= layer.times; ++n) {
    Layer slice = layer;
    slice.times = 1;
    slice.intermediate = false;
    for (std::size_t axis = 0; axis < layer.spatial.size(); ++axis) {
      slice.kernel[axis] = n * (layer.kernel[axis] - 1) + 1;
      slice.padding[axis] = n * layer.padding[axis];
    }
    all.push_back(slice);
  }
  return all;
}

Layer norm_of(const Layer& layer) {
  Layer norm = layer;
  norm.kind = layer.training ? LayerKind::batch_norm_training : LayerKind::batch_norm;
  norm.norm = norm.training = norm.intermediate = norm.backward = false;
  norm.indices.reset();
  return norm;
}

Sizes output_sizes(const Layer& layer) {
  Sizes sizes;
  for (std::size_t axis = 0; axis < layer.spatial.size(); ++axis)
    sizes.push_back(static_cast<std::int64_t>(windows(layer, axis).size()));
  return sizes;
}

}  // namespace bench
