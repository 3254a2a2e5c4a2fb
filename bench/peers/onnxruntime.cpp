#include "peers/onnxruntime.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include <onnxruntime_cxx_api.h>

#include "peers/fastest.hpp"
#include "peers/onnx_model.hpp"

namespace bench {
namespace {

using onnx::Model;

Model::Dims dims(const Row& row, const Sizes& spatial, Layout layout) {
  Model::Dims all = {row.batch};
  if (layout == Layout::nchw) all.push_back(row.layer.channels);
  all.insert(all.end(), spatial.begin(), spatial.end());
  if (layout == Layout::nhwc) all.push_back(row.layer.channels);
  return all;
}

onnx::Type type_of(const Layer& layer) {
  switch (layer.type) {
    case poolnorm::ElementType::f16: return onnx::Type::f16;
    case poolnorm::ElementType::bf16: return onnx::Type::bf16;
    case poolnorm::ElementType::f64: return onnx::Type::f64;
    case poolnorm::ElementType::s8: return onnx::Type::s8;
    case poolnorm::ElementType::u8: return onnx::Type::u8;
    case poolnorm::ElementType::f32: break;
  }
  return onnx::Type::f32;
}

enum class Norm { operation, folded };  // folded: a multiplication and an addition

// Nodes one after the other; `value` is the name of the last result.
struct Builder {
  Model model;
  std::string value;
  int count = 0;

  void node(const std::string& operation, Model::Names more = {}, const std::vector<onnx::Attribute>& attributes = {},
            Model::Names outputs = {}) {
    Model::Names inputs = {value};
    inputs.insert(inputs.end(), more.begin(), more.end());
    value = "v" + std::to_string(count++);
    outputs.insert(outputs.begin(), value);
    model.node(operation, inputs, outputs, attributes);
  }
};

void add_activation(Builder& b, const poolnorm::Activation& a) {
  switch (a.kind) {
    case poolnorm::ActivationKind::none: break;
    case poolnorm::ActivationKind::relu: b.node("Relu"); break;
    case poolnorm::ActivationKind::clamp:
      b.model.constant("lo", {}, {a.lo});
      b.model.constant("hi", {}, {a.hi});
      b.node("Clip", {"lo", "hi"});
      break;
    case poolnorm::ActivationKind::leaky_relu: b.node("LeakyRelu", {}, {onnx::number("alpha", a.slope)}); break;
    case poolnorm::ActivationKind::hard_swish: b.node("HardSwish"); break;
    case poolnorm::ActivationKind::hard_sigmoid:
      b.node("HardSigmoid", {}, {onnx::number("alpha", 1.0f / 6), onnx::number("beta", 0.5f)});
      break;
  }
}

void add_norm(Builder& b, const Row& row, const NormParameters& p, Norm norm) {
  const Layer& layer = row.layer;
  const Model::Dims one = {layer.channels};
  b.model.constant("gamma", one, p.gamma.narrow);
  b.model.constant("beta", one, p.beta.narrow);
  if (layer.kind == LayerKind::layer_norm) {
    b.node("LayerNormalization", {"gamma", "beta"}, {onnx::integer("axis", -1), onnx::number("epsilon", epsilon)});
    return;
  }
  if (layer.kind == LayerKind::group_norm && layer.groups == layer.channels) {
    b.node("InstanceNormalization", {"gamma", "beta"}, {onnx::number("epsilon", epsilon)});
    return;
  }
  if (layer.kind == LayerKind::group_norm) {
    b.node("GroupNormalization", {"gamma", "beta"},
           {onnx::number("epsilon", epsilon), onnx::integer("num_groups", layer.groups)});
    return;
  }
  if (norm == Norm::folded) {
    std::vector<float> scale, shift;
    for (std::size_t c = 0; c < p.mean.size(); ++c) {
      const double a = static_cast<double>(p.gamma[c]) /
                       std::sqrt(static_cast<double>(p.variance[c]) + static_cast<double>(epsilon));
      scale.push_back(static_cast<float>(a));
      shift.push_back(static_cast<float>(static_cast<double>(p.beta[c]) - static_cast<double>(p.mean[c]) * a));
    }
    Model::Dims shape = one;  // of {C, 1, ...}; in NHWC the last axis, as it is
    if (row.layout == Layout::nchw) shape.resize(1 + layer.spatial.size(), 1);
    b.model.constant("scale", shape, scale);
    b.model.constant("shift", shape, shift);
    b.node("Mul", {"scale"});
    b.node("Add", {"shift"});
  } else {
    b.model.constant("mean", one, p.mean.narrow);
    b.model.constant("variance", one, p.variance.narrow);
    const bool trains = layer.kind == LayerKind::batch_norm_training;
    b.node("BatchNormalization", {"gamma", "beta", "mean", "variance"},
           {onnx::number("epsilon", epsilon), onnx::integer("training_mode", trains)},
           trains ? Model::Names{"new_mean", "new_variance"} : Model::Names{});
  }
  if (layer.residual) b.node("Add", {"r"});
  add_activation(b, layer.activation);
}

bool add_pool(Builder& b, const Layer& layer) {
  if (layer.kind == LayerKind::min) return false;
  if (layer.kind == LayerKind::global_max) return b.node("GlobalMaxPool"), true;
  if (layer.kind == LayerKind::global_average) return b.node("GlobalAveragePool"), true;
  if (layer.divisor == poolnorm::Divisor::full_kernel) return false;
  const std::size_t axes = layer.spatial.size();
  Model::Dims kernel, stride, dilation, pads(2 * axes);
  bool overhang = false, dilated = false;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const auto along = sliding(layer, axis);
    if (!along) return false;
    kernel.push_back(along->kernel);
    stride.push_back(along->stride);
    dilation.push_back(along->dilation);
    pads[axis] = along->begin;
    pads[axes + axis] = along->end;
    overhang = overhang || along->end > along->begin;
    dilated = dilated || along->dilation > 1;
  }
  const bool padded = layer.divisor == poolnorm::Divisor::padded;
  if (layer.is_average() && padded && overhang) return false;  // divides by what lies beyond the padding, too
  std::vector<onnx::Attribute> attributes = {onnx::integers("kernel_shape", kernel), onnx::integers("strides", stride),
                                             onnx::integers("pads", pads)};
  if (dilated) attributes.push_back(onnx::integers("dilations", dilation));
  if (layer.is_average()) attributes.push_back(onnx::integer("count_include_pad", padded));
  b.node(layer.is_average() ? "AveragePool" : "MaxPool", {}, attributes,
         layer.indices ? Model::Names{"indices"} : Model::Names{});
  return true;
}

// To NCHW, or back.
onnx::Attribute permutation(std::size_t axes, bool to_nchw) {
  const std::int64_t rank = static_cast<std::int64_t>(axes) + 2;
  Model::Dims all = {0};
  if (to_nchw) all.push_back(rank - 1);
  for (std::int64_t i = 0; i < rank - 2; ++i) all.push_back(i + (to_nchw ? 1 : 2));
  if (!to_nchw) all.push_back(1);
  return onnx::integers("perm", all);
}

// Debian's package shares its ONNX with PyTorch's and complains once about every schema it meets again.
class QuietStderr {
 public:
  QuietStderr() : saved_(dup(STDERR_FILENO)) {
    std::fflush(stderr);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
  QuietStderr(const QuietStderr&) = delete;
  QuietStderr& operator=(const QuietStderr&) = delete;
  ~QuietStderr() {
    std::fflush(stderr);
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }

 private:
  int saved_;
};

Ort::Env& environment() {
  static Ort::Env env = [] {
    const QuietStderr quiet;
    Ort::Env made(ORT_LOGGING_LEVEL_FATAL, "bench");
    Model model;  // the first session registers them
    model.input("x", {1});
    model.node("Identity", {"x"}, {"y"});
    model.output("y", {1});
    const std::string bytes = model.bytes();
    const Ort::Session first(made, bytes.data(), bytes.size(), Ort::SessionOptions());
    return made;
  }();
  return env;
}

class OnnxRuntime : public Subject {
 public:
  OnnxRuntime(const std::string& model, const Row& row, const Tensors& tensors, std::string how)
      : session_(environment(), model.data(), model.size(), options(row)), binding_(session_), how_(std::move(how)) {
    const Model::Dims in = dims(row, row.layer.spatial, row.layout);
    const Model::Dims out = row.layer.is_norm() ? in : dims(row, output_sizes(row.layer), row.layout);
    const onnx::Type type = type_of(row.layer);
    const std::size_t size = static_cast<std::size_t>(poolnorm::size_of(row.layer.type));
    binding_.BindInput("x", tensor(tensors.src(), in, type, size));
    if (row.layer.residual) binding_.BindInput("r", tensor(tensors.residual(), in, type, size));
    binding_.BindOutput("y", tensor(tensors.dst(), out, type, size));
    if (row.layer.indices)
      binding_.BindOutput("indices", tensor(tensors.indices(), out, onnx::Type::i64, sizeof(std::int64_t)));
  }

  void run() override { session_.Run(Ort::RunOptions{nullptr}, binding_); }
  std::string how() const override { return how_; }

 private:
  static Ort::SessionOptions options(const Row& row) {
    Ort::SessionOptions o;
    o.SetIntraOpNumThreads(row.threads);
    o.SetExecutionMode(ORT_SEQUENTIAL);
    o.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
    return o;
  }

  static Ort::Value tensor(const void* data, const Model::Dims& dims, onnx::Type type, std::size_t size) {
    for (const std::int64_t dim : dims) size *= static_cast<std::size_t>(dim);
    static const Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
    return Ort::Value::CreateTensor(memory, const_cast<void*>(data), size, dims.data(), dims.size(),
                                    static_cast<ONNXTensorElementDataType>(type));
  }

  Ort::Session session_;
  Ort::IoBinding binding_;
  std::string how_;
};

// `transposes`: around the layer, of a row in NHWC. A folded norm needs none.
std::unique_ptr<Subject> make_with(Norm norm, bool transposes, const Row& row, const Tensors& tensors) {
  const Layer& layer = row.layer;
  Builder b;
  const Model::Dims in = dims(row, layer.spatial, row.layout);
  const onnx::Type type = type_of(layer);
  b.model.input("x", in, type);
  if (layer.residual) b.model.input("r", in, type);
  b.value = "x";
  Row seen = row;
  if (transposes) {
    b.node("Transpose", {}, {permutation(layer.spatial.size(), true)});
    seen.layout = Layout::nchw;
  }
  if (transposes && layer.residual) return nullptr;  // the folded norm does it where it is
  if (layer.has_norm()) add_norm(b, seen, tensors.parameters(), norm);
  if (!layer.is_norm() && !add_pool(b, layer)) return nullptr;
  if (transposes) b.node("Transpose", {}, {permutation(layer.spatial.size(), false)});
  b.model.node("Identity", {b.value}, {"y"});
  const Model::Dims out = layer.is_norm() ? in : dims(row, output_sizes(layer), row.layout);
  b.model.output("y", out, type);
  if (layer.indices) b.model.output("indices", out, onnx::Type::i64);
  std::string how = norm == Norm::folded ? "Mul + Add" : "";
  if (transposes) how += how.empty() ? "transposed" : ", transposed";
  try {
    return std::make_unique<OnnxRuntime>(b.model.bytes(), row, tensors, how);
  } catch (const Ort::Exception&) {
    return nullptr;  // not in this version
  }
}

// It notes maxima as 64-bit positions in the whole tensor, in NCHW.
bool can(const Layer& layer, bool transposed) {
  if (layer.has_norm() && layer.type != poolnorm::ElementType::f32) return false;
  return !layer.backward && (!layer.indices || (layer.indices == poolnorm::IndexType::i64 && !transposed));
}

std::unique_ptr<Subject> make(const Row& row, const Tensors& tensors) {
  const Layer& layer = row.layer;
  const bool folds = layer.has_norm() && !layer.has_statistics();
  const bool last = row.layout == Layout::nhwc && !layer.spatial.empty();
  if (layer.is_response() || !can(layer, last)) return nullptr;
  std::vector<Way> ways;
  for (const Norm norm : {Norm::operation, Norm::folded}) {
    if (norm == Norm::folded && !folds) continue;
    const bool stays = norm == Norm::folded && layer.is_norm();
    ways.push_back([=, &row, &tensors] { return make_with(norm, last && !stays, row, tensors); });
  }
  return fastest(ways, eviction(row, tensors));
}

}  // namespace

std::optional<Peer> make_onnxruntime(poolnorm::Isa isa) {
  if (needs_cap(isa)) return std::nullopt;
  environment();
  return Peer{"ONNXRuntime", Ort::GetVersionString(), make};
}

}  // namespace bench
