// Layer: one line of a shape file, and its geometry. Independent of the library under test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <poolnorm/max_indices.hpp>
#include <poolnorm/norm.hpp>
#include <poolnorm/pool.hpp>

namespace bench {

using Sizes = std::vector<std::int64_t>;

enum class LayerKind {
  max,
  min,
  average,
  adaptive_max,
  adaptive_average,
  global_max,
  global_average,
  lp,
  global_lp,
  local_response_norm,
  excite,
  batch_norm,
  batch_norm_training,
  group_norm,
  layer_norm,
  rms_norm
};

// What the layer in front leaves behind: after a ReLU 60 % zeros and positive values; else both signs.
enum class InputKind { relu, signed_values };

struct Layer {
  std::string network;  // name of the shape file
  LayerKind kind = LayerKind::max;
  std::int64_t channels = 0;
  Sizes spatial;                            // [D,] [H,] W; may be empty for batch_norm
  Sizes kernel, stride, padding, dilation;  // sliding windows: as many as `spatial`
  Sizes output;                             // adaptive windows: as many as `spatial`
  bool ceil = false;
  poolnorm::Divisor divisor = poolnorm::Divisor::padded;
  double p = 2;               // of lp
  std::int64_t groups = 1;    // of group_norm; layer_norm and rms_norm are of one group
  std::int64_t parts = 1;     // of batch_norm_training: the batch in so many, whose moments merge
  std::int64_t size = 5;      // of local_response_norm: the channels of a window
  bool norm = false;          // a batch norm in front of the pool: a chain
  bool training = false;      // that norm has the statistics of its input
  std::int64_t times = 1;     // the pool, the pool of that, ...: a chain whose outputs are channel slices of one tensor
  bool intermediate = false;  // what the first pool sees is written, too: as the first slice, or as a tensor of its own
  bool residual = false;
  poolnorm::Activation activation;
  poolnorm::ElementType type = poolnorm::ElementType::f32;
  std::optional<poolnorm::IndexType> indices;  // of maxima; backward reads them
  bool backward = false;  // from the output's gradient to the input's; all sizes stay those of the layer
  bool unpool = false;    // and what goes back are maxima: to their places, zeros elsewhere
  InputKind input = InputKind::signed_values;
  Sizes batches = {1, 32};

  bool is_chain() const { return norm || has_slices(); }
  bool has_slices() const { return times > 1; }
  bool is_asked_of_peers() const;
  bool keeps_tensor() const { return intermediate && !has_slices(); }
  std::int64_t output_channels() const { return channels * (has_slices() ? times + (intermediate ? 1 : 0) : 1); }
  bool is_norm() const { return kind >= LayerKind::local_response_norm; }
  bool is_response() const { return kind == LayerKind::local_response_norm; }
  bool has_statistics() const { return kind > LayerKind::batch_norm || training; }  // of its own input
  // What passes a relu in training is noted, a bit an element: by chains, and by norms whose gradient will read it.
  bool has_mask() const {
    return (training || (kind == LayerKind::batch_norm_training && backward)) && activation.kind == poolnorm::ActivationKind::relu;
  }
  bool has_norm() const { return is_norm() || norm; }
  bool has_rows() const { return kind == LayerKind::layer_norm || kind == LayerKind::rms_norm; }  // that are sets
  bool is_average() const;
  bool is_lp() const { return kind == LayerKind::lp || kind == LayerKind::global_lp; }
  bool is_sum() const;                              // an average, or a sum of powers: all but maxima and minima
  bool is_adaptive() const;                         // adaptive and global windows
  std::int64_t plane() const;                       // elements of a channel of an image
  std::int64_t output_plane() const;                // the same of the output; a norm's is `plane`
  bool takes(poolnorm::ElementType element) const;  // whether poolnorm has such a plan
  std::string name() const;  // max_64x112x112_k3s2p1, norm_relu+max_64x112x112_k3s2p1, lp2_64x112x112_k3s2p1_bf16

 private:
  std::string operation() const;  // the name without indices, direction and type
};

// "relu", "hard_swish", ...; "u8", "i32", "i64": the names of the shape files.
std::string_view name(poolnorm::ActivationKind kind);
std::string_view name(poolnorm::IndexType type);
std::int64_t size_of(poolnorm::IndexType type);  // bytes

// One window on one axis.
struct AxisWindow {
  std::int64_t first = 0;    // the first tap inside the input
  std::int64_t step = 1;     // between taps
  std::int64_t inside = 0;   // taps inside the input
  std::int64_t padded = 0;   // taps inside the input and its padding
  std::int64_t skipped = 0;  // taps before the first
  std::int64_t taps = 1;     // all, wherever they are
};

// The windows of spatial axis `axis`, in order. A norm sees one element at a time.
std::vector<AxisWindow> windows(const Layer& layer, std::size_t axis);

// The windows of an axis as every library describes them. No value: they are of several sizes, or their
// first taps at changing distances.
struct SlidingAxis {
  std::int64_t kernel = 1, stride = 1, dilation = 1;
  std::int64_t begin = 0, end = 0;  // padding, as far as windows reach
};
std::optional<SlidingAxis> sliding(const Layer& layer, std::size_t axis);

// What the output holds, slice by slice: layers of one pool, whose window is that of the pools before it together.
std::vector<Layer> slices(const Layer& layer);

// What a chain writes as its intermediate: the norm alone.
Layer norm_of(const Layer& layer);

// Windows per spatial axis.
Sizes output_sizes(const Layer& layer);

}  // namespace bench
