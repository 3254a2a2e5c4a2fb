#include "peers/torch.hpp"

#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/InferenceMode.h>
#if __has_include(<torch/headeronly/version.h>)
#include <torch/headeronly/version.h>
#else
#include <torch/csrc/api/include/torch/version.h>
#endif

#include "peers/fastest.hpp"

namespace bench {
namespace {

struct Triple {
  at::Tensor src, residual, dst;
};

// A 1-D image is a 2-D one of one row, since channels-last needs at least two axes.
std::vector<std::int64_t> dims(const Row& row, const Sizes& spatial) {
  std::vector<std::int64_t> all = {row.batch, row.layer.channels};
  if (spatial.size() == 1) all.push_back(1);
  all.insert(all.end(), spatial.begin(), spatial.end());
  return all;
}

at::Tensor wrap(const float* data, const std::vector<std::int64_t>& dims, Layout layout) {
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
  return at::from_blob(const_cast<float*>(data), dims, strides, at::kFloat);
}

at::Tensor like(const at::Tensor& tensor, bool channels_last) {
  const at::MemoryFormat format = !channels_last      ? at::MemoryFormat::Contiguous
                                  : tensor.dim() == 5 ? at::MemoryFormat::ChannelsLast3d
                                                      : at::MemoryFormat::ChannelsLast;
  return at::empty(tensor.sizes(), tensor.options().memory_format(format));
}

at::Tensor of(const std::vector<float>& values) {
  return at::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())}, at::kFloat);
}

enum class Norm { native, folded };  // folded: one multiply-add with parameters made beforehand

class Torch : public Subject {
 public:
  Torch(const Row& row, const Tensors& tensors, bool converts, Norm norm)
      : layer_(row.layer), threads_(row.threads), norm_(norm), converts_(converts) {
    const c10::InferenceMode inference;
    const auto in = dims(row, layer_.spatial);
    auto out = in;
    if (!layer_.is_norm()) out = dims(row, output_sizes(layer_));
    given_ = {wrap(tensors.src(), in, row.layout), wrap(tensors.residual(), in, row.layout),
              wrap(tensors.dst(), out, row.layout)};
    used_ = given_;
    const bool last = (row.layout == Layout::nhwc) != converts;
    if (converts)
      used_ = {like(given_.src, last), layer_.residual ? like(given_.residual, last) : at::Tensor(),
               like(given_.dst, last)};
    mapped_ = layer_.norm ? like(used_.src, last) : used_.dst;
    indices_ = at::empty({0}, at::kLong);
    set_windows(last);
    set_parameters(tensors.parameters());
  }

  void run() override {
    const c10::InferenceMode inference;
    at::set_num_threads(threads_);
    if (converts_) used_.src.copy_(given_.src);
    if (converts_ && layer_.residual) used_.residual.copy_(given_.residual);
    if (layer_.has_norm()) norm();
    if (!layer_.is_norm()) pool(layer_.norm ? mapped_ : used_.src);
    if (converts_) given_.dst.copy_(used_.dst);
  }

  std::string how() const override {
    std::string text = used_.src.is_contiguous() ? "contiguous" : "channels_last";
    if (layer_.has_norm() && norm_ == Norm::folded) text += ", addcmul";
    return converts_ ? text + ", converted" : text;
  }

 private:
  void set_windows(bool last) {
    if (layer_.is_norm()) return;
    const std::size_t axes = layer_.spatial.size();
    if (axes == 1) {
      kernel_ = stride_ = dilation_ = size_ = {1};
      padding_ = {0};
    }
    for (std::size_t axis = 0; axis < axes; ++axis) {
      size_.push_back(used_.dst.size(static_cast<std::int64_t>(used_.dst.dim() - static_cast<std::int64_t>(axes) +
                                                               static_cast<std::int64_t>(axis))));
      if (layer_.kernel.empty()) continue;
      kernel_.push_back(layer_.kernel[axis]);
      stride_.push_back(layer_.stride[axis]);
      dilation_.push_back(layer_.dilation[axis]);
      padding_.push_back(layer_.padding[axis]);
    }
    if (!layer_.is_average()) indices_ = like(used_.dst, last).to(at::kLong, false, false, c10::nullopt);
  }

  void set_parameters(const NormParameters& p) {
    if (!layer_.has_norm()) return;
    mean_ = of(p.mean), variance_ = of(p.variance), gamma_ = of(p.gamma), beta_ = of(p.beta);
    saved_mean_ = at::empty({layer_.channels}), saved_invstd_ = at::empty({layer_.channels});
    std::vector<std::int64_t> shape(static_cast<std::size_t>(used_.src.dim()), 1);
    shape[1] = layer_.channels;
    const at::Tensor scale = gamma_ / at::sqrt(variance_ + static_cast<double>(epsilon));
    scale_ = scale.view(shape);
    shift_ = (beta_ - mean_ * scale).view(shape);
  }

  void norm() {
    at::Tensor& y = mapped_;
    const double eps = static_cast<double>(epsilon);
    if (layer_.kind == LayerKind::layer_norm) {
      const at::IntArrayRef features(&layer_.channels, 1);
      at::native_layer_norm_out(y, saved_mean_, saved_invstd_, used_.src, features, gamma_, beta_, eps);
      return;
    }
    if (layer_.kind == LayerKind::group_norm) {
      y.copy_(std::get<0>(at::native_group_norm(used_.src, gamma_, beta_, used_.src.size(0), layer_.channels,
                                                layer_.plane(), layer_.groups, eps)));
      return;
    }
    if (norm_ == Norm::folded) {
      at::addcmul_out(y, shift_, used_.src, scale_);
    } else {
      const bool trains = layer_.kind == LayerKind::batch_norm_training;
      const auto running = [&](const at::Tensor& t) { return trains ? std::optional<at::Tensor>() : t; };
      at::native_batch_norm_out(y, saved_mean_, saved_invstd_, used_.src, gamma_, beta_, running(mean_),
                                running(variance_), trains, 0.1, eps);
    }
    if (layer_.residual) y.add_(used_.residual);
    const poolnorm::Activation& a = layer_.activation;
    switch (a.kind) {
      case poolnorm::ActivationKind::none: break;
      case poolnorm::ActivationKind::relu: at::relu_(y); break;
      case poolnorm::ActivationKind::clamp: at::clamp_(y, a.lo, a.hi); break;
      case poolnorm::ActivationKind::leaky_relu: at::leaky_relu_(y, a.slope); break;
      case poolnorm::ActivationKind::hard_swish: at::hardswish_(y); break;
      case poolnorm::ActivationKind::hard_sigmoid: at::hardsigmoid_(y); break;
    }
  }

  void pool(const at::Tensor& x) {
    at::Tensor& y = used_.dst;
    const bool volume = x.dim() == 5;
    switch (layer_.kind) {
      case LayerKind::max:
        if (volume)
          at::max_pool3d_with_indices_out(y, indices_, x, kernel_, stride_, padding_, dilation_, layer_.ceil);
        else
          at::max_pool2d_with_indices_out(y, indices_, x, kernel_, stride_, padding_, dilation_, layer_.ceil);
        break;
      case LayerKind::average: {
        const bool padded = layer_.divisor != poolnorm::Divisor::valid;
        std::optional<std::int64_t> divisor;
        if (layer_.divisor == poolnorm::Divisor::full_kernel) {
          divisor = 1;
          for (const std::int64_t k : kernel_) *divisor *= k;
        }
        if (volume)
          at::avg_pool3d_out(y, x, kernel_, stride_, padding_, layer_.ceil, padded, divisor);
        else
          at::avg_pool2d_out(y, x, kernel_, stride_, padding_, layer_.ceil, padded, divisor);
        break;
      }
      case LayerKind::adaptive_max:
        if (volume)
          at::adaptive_max_pool3d_out(y, indices_, x, size_);
        else
          at::adaptive_max_pool2d_out(y, indices_, x, size_);
        break;
      case LayerKind::adaptive_average:
        if (volume)
          at::adaptive_avg_pool3d_out(y, x, size_);
        else
          at::adaptive_avg_pool2d_out(y, x, size_);
        break;
      case LayerKind::global_max:
        at::amax_out(y, x, at::IntArrayRef(plane_axes, static_cast<std::size_t>(x.dim() - 2)), true);
        break;
      case LayerKind::global_average:
        at::mean_out(y, x, at::IntArrayRef(plane_axes, static_cast<std::size_t>(x.dim() - 2)), true);
        break;
      default: break;
    }
  }

  static constexpr std::int64_t plane_axes[] = {2, 3, 4};

  const Layer& layer_;
  int threads_;
  Norm norm_;
  bool converts_;
  Triple given_, used_;
  at::Tensor mapped_, indices_, mean_, variance_, gamma_, beta_, scale_, shift_, saved_mean_, saved_invstd_;
  std::vector<std::int64_t> kernel_, stride_, padding_, dilation_, size_;
};

bool can(const Layer& layer) {
  if (layer.kind == LayerKind::min) return false;
  if (layer.kind != LayerKind::average) return true;
  for (const std::int64_t dilation : layer.dilation)
    if (dilation != 1) return false;
  return true;
}

std::unique_ptr<Subject> make(const Row& row, const Tensors& tensors) {
  if (!can(row.layer)) return nullptr;
  const bool folds = row.layer.has_norm() && !row.layer.has_statistics();
  std::vector<Way> ways;
  for (const bool converts : {false, true})
    for (const Norm norm : {Norm::native, Norm::folded}) {
      if ((converts && row.layer.spatial.empty()) || (norm == Norm::folded && !folds)) continue;
      ways.push_back([=, &row, &tensors] { return std::make_unique<Torch>(row, tensors, converts, norm); });
    }
  return fastest(ways);
}

}  // namespace

std::optional<Peer> make_torch(poolnorm::Isa isa) {
  const bool avx512 = isa == poolnorm::Isa::avx512, avx2 = isa == poolnorm::Isa::avx2;
  if (needs_cap(isa)) {
    if (!avx2) return std::nullopt;
    setenv("ATEN_CPU_CAPABILITY", "avx2", 1);
  }
  const std::string capability = at::get_cpu_capability();
  if ((avx512 && capability != "AVX512") || (avx2 && capability != "AVX2"))
    throw std::runtime_error("PyTorch runs its " + capability + " code, not " + poolnorm::name(isa));
  return Peer{"PyTorch", TORCH_VERSION, make};
}

}  // namespace bench
