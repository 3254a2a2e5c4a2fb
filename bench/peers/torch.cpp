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
#include "peers/torch_tensors.hpp"

namespace bench {
namespace {

using namespace torch;

struct Triple {
  at::Tensor src, residual, dst;
};

enum class Norm { native, folded };  // folded: one multiply-add with parameters made beforehand

class Torch : public Subject {
 public:
  Torch(const Row& row, const Tensors& tensors, bool converts, Norm norm)
      : layer_(row.layer), threads_(row.threads), norm_(norm), converts_(converts), window_(row.layer) {
    const c10::InferenceMode inference;
    const auto in = dims(row, layer_.spatial);
    auto out = in;
    if (!layer_.is_norm()) out = dims(row, output_sizes(layer_));
    const at::ScalarType type = type_of(layer_);
    given_ = {wrap(tensors.src(), in, row.layout, type), wrap(tensors.residual(), in, row.layout, type),
              wrap(tensors.dst(), out, row.layout, type)};
    used_ = given_;
    const bool last = (row.layout == Layout::nhwc) != converts;
    if (converts) used_ = {like(given_.src, last), like(given_.residual, last), like(given_.dst, last)};
    if (!layer_.norm)
      mapped_ = used_.dst;
    else if (layer_.keeps_tensor() && !converts)
      mapped_ = wrap(tensors.intermediate(), in, row.layout, type);
    else
      mapped_ = like(used_.src, last);
    result_ = used_.dst;
    if (layer_.indices && !converts)
      indices_ = wrap(tensors.indices(), out, row.layout, at::kLong);
    else if (layer_.kind == LayerKind::max || layer_.kind == LayerKind::adaptive_max)
      indices_ = like(used_.dst, last).to(at::kLong);
    set_parameters(tensors.parameters());
  }

  void run() override {
    const c10::InferenceMode inference;
    at::set_num_threads(threads_);
    if (converts_) used_.src.copy_(given_.src);
    if (converts_ && layer_.residual) used_.residual.copy_(given_.residual);
    if (layer_.has_norm()) norm();
    if (!layer_.is_norm()) pool(layer_.norm ? mapped_ : used_.src);
    if (converts_) deliver();
  }

  void deliver() override {
    const c10::InferenceMode inference;
    given_.dst.copy_(result_);  // nothing, of a tensor to itself
  }

  std::string how() const override {
    std::string text = used_.src.is_contiguous() ? "contiguous" : "channels_last";
    if (layer_.has_norm() && norm_ == Norm::folded) text += ", addcmul";
    if (indices_.defined() && !layer_.indices) text += ", notes i64 indices";
    return converts_ ? text + ", converted" : text;
  }

 private:
  void set_parameters(const NormParameters& p) {
    if (!layer_.has_norm()) return;
    mean_ = of(p.mean.narrow), variance_ = of(p.variance.narrow), gamma_ = of(p.gamma.narrow), beta_ = of(p.beta.narrow);
    saved_mean_ = at::empty({layer_.channels}), saved_invstd_ = at::empty({layer_.channels});
    std::vector<std::int64_t> shape(static_cast<std::size_t>(used_.src.dim()), 1);
    shape[1] = layer_.channels;
    const at::Tensor scale = gamma_ / at::sqrt(variance_ + static_cast<double>(epsilon));
    scale_ = scale.view(shape);
    shift_ = (beta_ - mean_ * scale).view(shape);
  }

  void norm() {
    const double eps = static_cast<double>(epsilon);
    // Of these two `out=` is a copy of what they have allocated.
    if (layer_.kind == LayerKind::layer_norm) {
      result_ = std::get<0>(at::native_layer_norm(used_.src, layer_.channels, gamma_, beta_, eps));
      return;
    }
    if (layer_.kind == LayerKind::group_norm) {
      result_ = std::get<0>(at::native_group_norm(used_.src, gamma_, beta_, used_.src.size(0), layer_.channels,
                                                  layer_.plane(), layer_.groups, eps));
      return;
    }
    at::Tensor& y = mapped_;
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
    const Window& w = window_;
    const bool volume = x.dim() == 5;
    const at::IntArrayRef size = y.sizes().slice(2);
    switch (layer_.kind) {
      case LayerKind::max:
        // For inference, too: at::max_pool2d and 3d are these.
        if (volume)
          at::max_pool3d_with_indices_out(y, indices_, x, w.kernel, w.stride, w.padding, w.dilation, w.ceil);
        else
          at::max_pool2d_with_indices_out(y, indices_, x, w.kernel, w.stride, w.padding, w.dilation, w.ceil);
        break;
      case LayerKind::average:
        if (volume)
          at::avg_pool3d_out(y, x, w.kernel, w.stride, w.padding, w.ceil, w.count_padding, w.divisor);
        else
          at::avg_pool2d_out(y, x, w.kernel, w.stride, w.padding, w.ceil, w.count_padding, w.divisor);
        break;
      case LayerKind::adaptive_max:
        if (volume)
          at::adaptive_max_pool3d_out(y, indices_, x, size);
        else
          at::adaptive_max_pool2d_out(y, indices_, x, size);
        break;
      case LayerKind::adaptive_average:
        if (volume)
          at::adaptive_avg_pool3d_out(y, x, size);
        else
          at::adaptive_avg_pool2d_out(y, x, size);
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
  Window window_;
  Triple given_, used_;
  at::Tensor mapped_, result_, indices_, mean_, variance_, gamma_, beta_, scale_, shift_, saved_mean_, saved_invstd_;
};

bool can(const Layer& layer) {
  if (layer.kind == LayerKind::min) return false;
  if (layer.indices && layer.indices != poolnorm::IndexType::i64) return false;  // it has no others
  if (layer.kind != LayerKind::average) return true;
  for (const std::int64_t dilation : layer.dilation)
    if (dilation != 1) return false;
  return true;
}

// Null: it has no kernels for the type. Of f32 it has them all.
std::unique_ptr<Subject> make_with(bool converts, Norm norm, const Row& row, const Tensors& tensors) {
  try {
    if (row.layer.backward) return make_gradient(row, tensors, converts);
    auto made = std::make_unique<Torch>(row, tensors, converts, norm);
    made->run();
    return made;
  } catch (const c10::Error&) {
    if (row.layer.type == poolnorm::ElementType::f32) throw;
    return nullptr;
  }
}

std::unique_ptr<Subject> make(const Row& row, const Tensors& tensors) {
  if (row.layer.is_response() || !can(row.layer)) return nullptr;
  const bool folds = row.layer.has_norm() && !row.layer.has_statistics();
  std::vector<Way> ways;
  for (const bool converts : {false, true})
    for (const Norm norm : {Norm::native, Norm::folded}) {
      if ((converts && row.layer.spatial.empty()) || (norm == Norm::folded && !folds)) continue;
      ways.push_back([=, &row, &tensors] { return make_with(converts, norm, row, tensors); });
    }
  return fastest(ways, eviction(row, tensors));
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
