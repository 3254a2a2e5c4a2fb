#include "shape_file.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "split.hpp"

namespace bench {
namespace {

[[noreturn]] void refuse(const std::string& reason) { throw std::runtime_error(reason); }

// "64x56x56" or "1,32"
Sizes numbers(const std::string& text, char separator, std::int64_t at_least) {
  Sizes all;
  for (const std::string& item : split(text, separator)) {
    std::size_t used = 0;
    std::int64_t value = 0;
    try {
      value = std::stoll(item, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used == 0 || used != item.size()) refuse("'" + item + "' in '" + text + "' is not a number");
    if (value < at_least) refuse("'" + text + "' holds a number below " + std::to_string(at_least));
    all.push_back(value);
  }
  if (all.empty()) refuse("a number is missing");
  return all;
}

// One number for every axis, or one for all.
Sizes per_axis(const std::string& text, std::int64_t at_least, const Layer& layer) {
  Sizes all = numbers(text, 'x', at_least);
  if (all.size() == 1) all.resize(layer.spatial.size(), all[0]);
  if (all.size() != layer.spatial.size())
    refuse("'" + text + "' should be one number, or " + std::to_string(layer.spatial.size()));
  return all;
}

LayerKind kind_named(const std::string& text) {
  if (text == "max") return LayerKind::max;
  if (text == "min") return LayerKind::min;
  if (text == "average") return LayerKind::average;
  if (text == "adaptive_max") return LayerKind::adaptive_max;
  if (text == "adaptive_average") return LayerKind::adaptive_average;
  if (text == "global_max") return LayerKind::global_max;
  if (text == "global_average") return LayerKind::global_average;
  if (text == "lp") return LayerKind::lp;
  if (text == "global_lp") return LayerKind::global_lp;
  if (text == "local_response_norm") return LayerKind::local_response_norm;
  if (text == "excite") return LayerKind::excite;
  if (text == "batch_norm") return LayerKind::batch_norm;
  if (text == "batch_norm_training") return LayerKind::batch_norm_training;
  if (text == "group_norm") return LayerKind::group_norm;
  if (text == "layer_norm") return LayerKind::layer_norm;
  if (text == "rms_norm") return LayerKind::rms_norm;
  refuse("unknown layer '" + text + "'");
}

poolnorm::Activation activation_named(const std::string& text) {
  for (const poolnorm::Activation& activation :
       {poolnorm::relu(), poolnorm::relu6(), poolnorm::leaky_relu(), poolnorm::hard_swish(), poolnorm::hard_sigmoid()})
    if (text == name(activation.kind)) return activation;
  refuse("unknown activation '" + text + "'");
}

poolnorm::Divisor divisor_named(const std::string& text) {
  if (text == "padded") return poolnorm::Divisor::padded;
  if (text == "valid") return poolnorm::Divisor::valid;
  if (text == "full_kernel") return poolnorm::Divisor::full_kernel;
  refuse("unknown divisor '" + text + "'");
}

double power_named(const std::string& text) {
  if (text == "inf") return std::numeric_limits<double>::infinity();
  return static_cast<double>(numbers(text, ',', 1)[0]);
}

InputKind input_named(const std::string& text) {
  if (text == "relu") return InputKind::relu;
  if (text == "signed") return InputKind::signed_values;
  refuse("unknown input '" + text + "' (relu or signed)");
}

// The types that a list names, of those there are.
template <class Type>
std::vector<Type> types_named(const std::string& text, const std::vector<Type>& known) {
  std::vector<Type> all;
  for (const std::string& item : split(text)) {
    const auto found = std::find_if(known.begin(), known.end(), [&](Type type) { return item == name(type); });
    if (found == known.end()) refuse("unknown type '" + item + "'");
    all.push_back(*found);
  }
  if (all.empty()) refuse("a type is missing");
  return all;
}

std::vector<poolnorm::ElementType> element_types(const std::string& text) {
  using Type = poolnorm::ElementType;
  return types_named<Type>(text, {Type::f32, Type::f16, Type::bf16, Type::f64, Type::s8, Type::u8});
}

std::vector<poolnorm::IndexType> index_types(const std::string& text) {
  using Type = poolnorm::IndexType;
  return types_named<Type>(text, {Type::u8, Type::i32, Type::i64});
}

// A line: a layer for each element type and each type of indices.
struct Line {
  Layer layer;
  std::vector<poolnorm::ElementType> types = {poolnorm::ElementType::f32};
  std::vector<poolnorm::IndexType> indices;  // none: without
};

void set_option(Line& line, const std::string& word) {
  Layer& layer = line.layer;
  const std::size_t equals = word.find('=');
  const std::string key = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  const bool sliding = !layer.is_norm() && !layer.is_adaptive();
  const bool may_add = layer.has_norm() && !layer.is_response() && layer.kind != LayerKind::group_norm;
  const bool may_index =
      layer.kind == LayerKind::max || layer.kind == LayerKind::adaptive_max || layer.kind == LayerKind::global_max;
  const bool adaptive = layer.kind == LayerKind::adaptive_max || layer.kind == LayerKind::adaptive_average;
  if (key == "kernel" && sliding)
    layer.kernel = per_axis(value, 1, layer);
  else if (key == "stride" && sliding)
    layer.stride = per_axis(value, 1, layer);
  else if (key == "padding" && sliding)
    layer.padding = per_axis(value, 0, layer);
  else if (key == "dilation" && sliding)
    layer.dilation = per_axis(value, 1, layer);
  else if (word == "ceil" && sliding)
    layer.ceil = true;
  else if (key == "divisor" && layer.kind == LayerKind::average)
    layer.divisor = divisor_named(value);
  else if (key == "output" && adaptive)
    layer.output = per_axis(value, 1, layer);
  else if (key == "p" && layer.is_lp())
    layer.p = power_named(value);
  else if ((word == "norm" || word == "norm=training") && !layer.is_norm())
    layer.norm = true, layer.training = !value.empty();
  else if (key == "cascade" && sliding)
    layer.times = numbers(value, ',', 1)[0];
  else if (word == "intermediate" && !layer.is_norm())
    layer.intermediate = true;
  else if (key == "groups" && layer.kind == LayerKind::group_norm)
    layer.groups = numbers(value, ',', 1)[0];
  else if (key == "parts" && layer.kind == LayerKind::batch_norm_training)
    layer.parts = numbers(value, ',', 1)[0];
  else if (key == "size" && layer.is_response())
    layer.size = numbers(value, ',', 1)[0];
  else if (word == "residual" && may_add)
    layer.residual = true;
  else if (key == "activation" && may_add && !layer.has_rows())
    layer.activation = activation_named(value);
  else if (word == "backward")
    layer.backward = true;
  else if (word == "unpool" && layer.kind == LayerKind::max)
    layer.backward = layer.unpool = true;
  else if (key == "indices" && may_index)
    line.indices = index_types(value);
  else if (key == "type")
    line.types = element_types(value);
  else if (key == "input")
    layer.input = input_named(value);
  else if (key == "batch")
    layer.batches = numbers(value, ',', 1);
  else
    refuse("'" + word + "' means nothing here");
}

void complete(Layer& layer) {
  const std::size_t axes = layer.spatial.size();
  if (axes > 3 || (axes == 0 && !layer.is_norm())) refuse("sizes should be CxW, CxHxW or CxDxHxW");
  if (layer.has_rows() && axes > 0) refuse("layer_norm and rms_norm take one size, the features of a row");
  if (layer.channels % layer.groups != 0) refuse("groups= should divide the channels");
  if (layer.intermediate && !layer.norm && layer.times == 1) refuse("intermediate wants a norm or cascade=");
  if (layer.times > 1 && layer.norm) refuse("a norm has no cascade= here");
  if (layer.is_norm()) return;
  if (layer.kind == LayerKind::global_max || layer.kind == LayerKind::global_average ||
      layer.kind == LayerKind::global_lp)
    layer.output.assign(axes, 1);
  if (layer.is_adaptive()) {
    if (layer.output.empty()) refuse("output= is missing");
    return;
  }
  if (layer.kernel.empty()) refuse("kernel= is missing");
  if (layer.stride.empty()) layer.stride = layer.kernel;
  if (layer.padding.empty()) layer.padding.assign(axes, 0);
  if (layer.dilation.empty()) layer.dilation.assign(axes, 1);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t taken = (layer.kernel[axis] - 1) * layer.dilation[axis] + 1;
    if (taken > layer.spatial[axis] + 2 * layer.padding[axis]) refuse("the kernel is larger than the padded image");
    const bool same_size = layer.stride[axis] == 1 && taken == 2 * layer.padding[axis] + 1;
    if (layer.unpool && layer.stride[axis] < taken) refuse("unpool wants windows that do not overlap");
    if (layer.times > 1 && (layer.is_average() || layer.is_lp() || !same_size || layer.dilation[axis] > 1))
      refuse("cascade= wants max or min, and outputs of the input's size");
  }
}

// Poolings have one, of maxima from indices, and norms but excitation, without what is fused into them; chains and batch norms in training through a relu, and these to a residual. Of Lp pooling in f32 and f64: halves would read a rounded output.
bool has_gradient(const Layer& layer) {
  if (layer.norm != layer.training || layer.intermediate) return false;
  if (layer.residual && (layer.kind != LayerKind::batch_norm_training || !layer.has_mask())) return false;
  if (layer.activation.kind != poolnorm::ActivationKind::none && !layer.has_mask()) return false;
  if (layer.is_lp()) {
    return !std::isinf(layer.p) && (layer.type == poolnorm::ElementType::f32 || layer.type == poolnorm::ElementType::f64);
  }
  return layer.is_average() || layer.indices || (layer.is_norm() && layer.kind != LayerKind::excite && layer.parts == 1);
}

std::vector<Layer> read_line(const std::string& text) {
  std::istringstream words(text);
  std::string kind, sizes;
  words >> kind >> sizes;
  Line line;
  Layer& layer = line.layer;
  layer.kind = kind_named(kind);
  layer.spatial = numbers(sizes, 'x', 1);
  layer.channels = layer.spatial[0];
  layer.spatial.erase(layer.spatial.begin());
  for (std::string word; words >> word;) set_option(line, word);
  complete(layer);
  if (layer.norm && !layer.training && !line.indices.empty()) refuse("a chain of inference has no indices");
  std::vector<Layer> all;
  const std::size_t indexed = std::max<std::size_t>(1, line.indices.size());
  for (std::size_t i = 0; i < indexed; ++i)
    for (const poolnorm::ElementType type : line.types) {
      if (!line.indices.empty()) layer.indices = line.indices[i];
      layer.type = type;
      if (layer.backward && !has_gradient(layer)) refuse("backward: no gradient of this layer");
      all.push_back(layer);
    }
  return all;
}

}  // namespace

std::vector<Layer> read_shape_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) refuse("cannot read " + path);
  std::vector<Layer> layers;
  std::set<std::string> seen;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      for (Layer& layer : read_line(line)) {
        layer.network = std::filesystem::path(path).stem().string();
        for (const std::int64_t batch : layer.batches)
          if (!seen.insert(layer.name() + "/" + std::to_string(batch)).second) refuse("the same layer stands above");
        layers.push_back(std::move(layer));
      }
    } catch (const std::runtime_error& error) {
      refuse(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return layers;
}

}  // namespace bench
