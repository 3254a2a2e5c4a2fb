#include "peers/xnnpack.hpp"

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <pthreadpool.h>
#include <xnnpack.h>
#if defined(POOLNORM_BENCH_CPUINFO)
#include <cpuinfo.h>
#endif

#include "peers/fastest.hpp"

namespace bench {
namespace {

using Dims = std::vector<std::size_t>;
constexpr float infinity = std::numeric_limits<float>::infinity();

struct Refused {};  // XNNPACK does not do this

void check(xnn_status status) {
  if (status != xnn_status_success) throw Refused{};
}

// What XNNPACK may read behind a tensor.
std::vector<float> padded(std::vector<float> values) {
  values.resize(values.size() + XNN_EXTRA_BYTES / sizeof(float));
  return values;
}

Dims dims(const Row& row, const Sizes& spatial, Layout layout, bool image) {
  Dims all = {static_cast<std::size_t>(row.batch)};
  const std::size_t channels = static_cast<std::size_t>(row.layer.channels);
  if (layout == Layout::nchw) all.push_back(channels);
  if (image && spatial.size() == 1) all.push_back(1);
  for (const std::int64_t size : spatial) all.push_back(static_cast<std::size_t>(size));
  if (layout == Layout::nhwc) all.push_back(channels);
  return all;
}

xnn_datatype type_of(const Layer& layer) {
  switch (layer.type) {
    case poolnorm::ElementType::f32: return xnn_datatype_fp32;
    case poolnorm::ElementType::f16: return xnn_datatype_fp16;
    case poolnorm::ElementType::s8: return xnn_datatype_qint8;
    case poolnorm::ElementType::u8: return xnn_datatype_quint8;
    default: throw Refused{};
  }
}

enum class Norm { depthwise, binary };  // a 1x1 depthwise convolution, or a multiplication and an addition

class Xnnpack : public Subject {
 public:
  Xnnpack(const Row& row, const Tensors& tensors, Norm norm, bool transposes)
      : row_(row), layout_(transposes ? Layout::nhwc : row.layout), norm_(norm), transposes_(transposes) {
    if (row.threads > 1) threads_ = pthreadpool_create(static_cast<std::size_t>(row.threads));
    try {
      build(tensors);
    } catch (...) {
      release();
      throw;
    }
  }
  ~Xnnpack() override { release(); }

  void run() override {
    if (xnn_invoke_runtime(runtime_) != xnn_status_success) throw std::runtime_error("XNNPACK failed to run");
  }

  std::string how() const override {
    std::string text = !row_.layer.has_norm() ? "" : norm_ == Norm::depthwise ? "depthwise" : "multiply + add";
    if (transposes_) text += text.empty() ? "transposed" : ", transposed";
    return text;
  }

 private:
  void release() {
    if (runtime_ != nullptr) xnn_delete_runtime(runtime_);
    if (graph_ != nullptr) xnn_delete_subgraph(graph_);
    if (threads_ != nullptr) pthreadpool_destroy(threads_);
  }

  bool image() const { return !row_.layer.spatial.empty(); }

  std::uint32_t tensor(const Dims& shape, const void* data = nullptr, std::uint32_t external = XNN_INVALID_VALUE_ID,
                       std::uint32_t flags = 0) {
    std::uint32_t id = 0;
    const xnn_datatype type = type_of(row_.layer);
    if (type == xnn_datatype_qint8 || type == xnn_datatype_quint8)
      check(xnn_define_quantized_tensor_value(graph_, type, 0, 1.0f, shape.size(), shape.data(), data, external, flags,
                                              &id));
    else
      check(xnn_define_tensor_value(graph_, type, shape.size(), shape.data(), data, external, flags, &id));
    return id;
  }

  std::uint32_t to_layout(std::uint32_t from, const Dims& given, bool to_nhwc, std::uint32_t to) {
    const std::size_t rank = given.size();
    Dims order = {0};
    if (!to_nhwc) order.push_back(rank - 1);
    for (std::size_t i = 1; i + 1 < rank; ++i) order.push_back(i + (to_nhwc ? 1 : 0));
    if (to_nhwc) order.push_back(1);
    check(xnn_define_static_transpose(graph_, rank, order.data(), from, to, 0));
    return to;
  }

  void build(const Tensors& tensors) {
    const Layer& layer = row_.layer;
    check(xnn_create_subgraph(3, 0, &graph_));
    const Dims in = dims(row_, layer.spatial, row_.layout, image());
    const Sizes sizes = layer.is_norm() ? layer.spatial : output_sizes(layer);
    const Dims out = dims(row_, sizes, row_.layout, image());
    std::uint32_t x = tensor(in, nullptr, 0, XNN_VALUE_FLAG_EXTERNAL_INPUT);
    std::uint32_t r = layer.residual ? tensor(in, nullptr, 1, XNN_VALUE_FLAG_EXTERNAL_INPUT) : XNN_INVALID_VALUE_ID;
    const std::uint32_t y = tensor(out, nullptr, 2, XNN_VALUE_FLAG_EXTERNAL_OUTPUT);
    const Dims seen_in = dims(row_, layer.spatial, layout_, image()), seen_out = dims(row_, sizes, layout_, image());
    if (transposes_) {
      x = to_layout(x, in, true, tensor(seen_in));
      if (layer.residual) r = to_layout(r, in, true, tensor(seen_in));
    }
    const std::uint32_t last = transposes_ ? tensor(seen_out) : y;
    if (layer.has_norm()) {
      const std::uint32_t mapped = layer.norm ? tensor(seen_in) : last;
      norm(x, r, mapped, seen_in, tensors.parameters());
      x = mapped;
    }
    if (!layer.is_norm()) pool(x, last);
    if (transposes_) to_layout(last, seen_out, false, y);

    check(xnn_create_runtime_v2(graph_, threads_, 0, &runtime_));
    std::vector<xnn_external_value> values = {{0, const_cast<void*>(tensors.src())}, {2, tensors.dst()}};
    if (layer.residual) values.push_back({1, const_cast<void*>(tensors.residual())});
    check(xnn_setup_runtime(runtime_, values.size(), values.data()));
  }

  void norm(std::uint32_t x, std::uint32_t r, std::uint32_t y, const Dims& shape, const NormParameters& p) {
    const Layer& layer = row_.layer;
    for (std::size_t c = 0; c < p.mean.size(); ++c) {
      const double a = static_cast<double>(p.gamma[c]) /
                       std::sqrt(static_cast<double>(p.variance[c]) + static_cast<double>(epsilon));
      scale_.push_back(static_cast<float>(a));
      shift_.push_back(static_cast<float>(static_cast<double>(p.beta[c]) - static_cast<double>(p.mean[c]) * a));
    }
    scale_ = padded(std::move(scale_));
    shift_ = padded(std::move(shift_));
    float least = -infinity, most = infinity;
    const poolnorm::ActivationKind kind = layer.activation.kind;
    if (kind == poolnorm::ActivationKind::relu) least = 0;
    if (kind == poolnorm::ActivationKind::clamp) least = layer.activation.lo, most = layer.activation.hi;
    const bool step = kind == poolnorm::ActivationKind::leaky_relu || kind == poolnorm::ActivationKind::hard_swish;
    if (kind == poolnorm::ActivationKind::hard_sigmoid) throw Refused{};

    const std::uint32_t before = step ? tensor(shape) : y;
    const std::uint32_t mapped = layer.residual ? tensor(shape) : before;
    const float first_least = layer.residual ? -infinity : least, first_most = layer.residual ? infinity : most;
    const std::size_t channels = static_cast<std::size_t>(layer.channels);
    if (norm_ == Norm::depthwise) {
      const std::uint32_t filter = tensor({1, 1, 1, channels}, scale_.data()), bias = tensor({channels}, shift_.data());
      check(xnn_define_depthwise_convolution_2d(graph_, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, channels, first_least,
                                                first_most, x, filter, bias, mapped, 0));
    } else {
      Dims along = {channels};
      if (layout_ == Layout::nchw) along.resize(shape.size() - 1, 1);
      const std::uint32_t scaled = tensor(shape), scale = tensor(along, scale_.data()),
                          shift = tensor(along, shift_.data());
      check(xnn_define_multiply2(graph_, -infinity, infinity, x, scale, scaled, 0));
      check(xnn_define_add2(graph_, first_least, first_most, scaled, shift, mapped, 0));
    }
    if (layer.residual) check(xnn_define_add2(graph_, least, most, mapped, r, before, 0));
    if (kind == poolnorm::ActivationKind::leaky_relu)
      check(xnn_define_leaky_relu(graph_, layer.activation.slope, before, y, 0));
    if (kind == poolnorm::ActivationKind::hard_swish) check(xnn_define_hardswish(graph_, before, y, 0));
  }

  void pool(std::uint32_t x, std::uint32_t y) {
    const Layer& layer = row_.layer;
    const std::size_t axes = layer.spatial.size();
    if (layer.kind == LayerKind::global_average && axes <= 2) {
      const bool last = layout_ == Layout::nhwc;
      const std::size_t plane[] = {last ? 1u : 2u, last ? 2u : 3u};
      check(xnn_define_static_reduce(graph_, xnn_reduce_mean, 2, plane, x, y, XNN_FLAG_KEEP_DIMS));
      return;
    }
    if (axes > 2 || layout_ != Layout::nhwc) throw Refused{};
    std::uint32_t kernel[2] = {1, 1}, stride[2] = {1, 1}, dilation[2] = {1, 1}, begin[2] = {}, end[2] = {};
    bool pads = false;
    for (std::size_t axis = 0; axis < axes; ++axis) {
      const std::size_t i = axis + 2 - axes;
      const auto along = sliding(layer, axis);
      if (!along) throw Refused{};
      kernel[i] = static_cast<std::uint32_t>(along->kernel);
      stride[i] = static_cast<std::uint32_t>(along->stride);
      dilation[i] = static_cast<std::uint32_t>(along->dilation);
      begin[i] = static_cast<std::uint32_t>(along->begin);
      end[i] = static_cast<std::uint32_t>(along->end);
      pads = pads || begin[i] != 0 || end[i] != 0;
    }
    if (layer.kind == LayerKind::min) throw Refused{};
    if (layer.is_average()) {
      // It divides by the taps inside the image.
      if ((pads && layer.divisor != poolnorm::Divisor::valid) || dilation[0] != 1 || dilation[1] != 1) throw Refused{};
      check(xnn_define_average_pooling_2d(graph_, begin[0], end[1], end[0], begin[1], kernel[0], kernel[1], stride[0],
                                          stride[1], -infinity, infinity, x, y, 0));
    } else {
      check(xnn_define_max_pooling_2d(graph_, begin[0], end[1], end[0], begin[1], kernel[0], kernel[1], stride[0],
                                      stride[1], dilation[0], dilation[1], -infinity, infinity, x, y, 0));
    }
  }

  Row row_;
  Layout layout_;
  Norm norm_;
  bool transposes_;
  pthreadpool_t threads_ = nullptr;
  xnn_subgraph_t graph_ = nullptr;
  xnn_runtime_t runtime_ = nullptr;
  std::vector<float> scale_, shift_;
};

std::unique_ptr<Subject> make(const Row& row, const Tensors& tensors) {
  const Layer& layer = row.layer;
  if (layer.is_response() || layer.has_statistics() || layer.indices || layer.backward) return nullptr;
  if (layer.has_norm() && layer.type != poolnorm::ElementType::f32) return nullptr;
  std::vector<Way> ways;
  for (const bool transposes : {false, true})
    for (const Norm norm : {Norm::binary, Norm::depthwise}) {
      if (transposes && (row.layout == Layout::nhwc || layer.spatial.empty())) continue;
      const bool last = transposes || row.layout == Layout::nhwc;
      if (norm == Norm::depthwise && (!layer.has_norm() || !last || layer.spatial.empty() || layer.spatial.size() > 2))
        continue;
      ways.push_back([=, &row, &tensors]() -> std::unique_ptr<Subject> {
        try {
          return std::make_unique<Xnnpack>(row, tensors, norm, transposes);
        } catch (const Refused&) {
          return nullptr;
        }
      });
    }
  return fastest(ways, eviction(row, tensors));
}

// XNNPACK chooses its kernels by what cpuinfo says, once.
bool cap([[maybe_unused]] poolnorm::Isa isa) {
#if defined(POOLNORM_BENCH_CPUINFO) && CPUINFO_ARCH_X86_64
  if (isa != poolnorm::Isa::avx2 || !cpuinfo_initialize()) return false;
  cpuinfo_isa.avx512f = cpuinfo_isa.avx512bw = cpuinfo_isa.avx512vl = cpuinfo_isa.avx512dq = cpuinfo_isa.avx512cd =
      false;
  return true;
#else
  return false;
#endif
}

// It has no version but its library's name.
std::string version() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&xnn_initialize), &info) == 0) return "?";
  const std::string name = std::filesystem::canonical(info.dli_fname).filename().string();
  const std::size_t suffix = name.find(".so.");
  return suffix == std::string::npos ? "static" : name.substr(suffix + 4);
}

}  // namespace

std::optional<Peer> make_xnnpack(poolnorm::Isa isa) {
  if (needs_cap(isa) && !cap(isa)) return std::nullopt;
  if (xnn_initialize(nullptr) != xnn_status_success) throw std::runtime_error("XNNPACK finds no kernels for this CPU");
  return Peer{"XNNPACK", version(), make};
}

}  // namespace bench
