#include <array>
#include <tuple>

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "peers/torch_tensors.hpp"

namespace bench::torch {
namespace {

class Gradient : public Subject {
 public:
  Gradient(const Row& row, const Tensors& tensors, bool converts)
      : layer_(row.layer), threads_(row.threads), converts_(converts), window_(row.layer) {
    const c10::InferenceMode inference;
    const auto in = dims(row, layer_.spatial), out = layer_.is_norm() ? in : dims(row, output_sizes(layer_));
    const at::ScalarType type = type_of(layer_);
    given_ = {wrap(tensors.src(), in, row.layout, type), wrap(tensors.gradient(), out, row.layout, type),
              wrap(tensors.dst(), in, row.layout, type)};
    used_ = given_;
    const bool last = (row.layout == Layout::nhwc) != converts;
    if (converts) used_ = {like(given_.src, last), like(given_.gradient, last), like(given_.dst, last)};
    used_.src.copy_(given_.src);
    forward(row, tensors);
  }

  void run() override {
    const c10::InferenceMode inference;
    at::set_num_threads(threads_);
    if (converts_ && layer_.is_norm()) used_.src.copy_(given_.src);
    if (converts_) used_.gradient.copy_(given_.gradient);
    result_ = layer_.is_norm() ? norm() : pool();
    if (converts_) deliver();
  }

  void deliver() override {
    const c10::InferenceMode inference;
    given_.dst.copy_(result_);
  }

  std::string how() const override {
    const std::string text = used_.src.is_contiguous() ? "contiguous" : "channels_last";
    return converts_ ? text + ", converted" : text;
  }

 private:
  struct Triple {
    at::Tensor src, gradient, dst;
  };

  // What it keeps for the way back.
  void forward(const Row& row, const Tensors& tensors) {
    const at::Tensor& x = used_.src;
    if (layer_.indices) {
      indices_ =
          std::get<1>(x.dim() == 5 ? at::max_pool3d_with_indices(x, window_.kernel, window_.stride, window_.padding,
                                                                 window_.dilation, window_.ceil)
                                   : at::max_pool2d_with_indices(x, window_.kernel, window_.stride, window_.padding,
                                                                 window_.dilation, window_.ceil));
      if (converts_) return;
      const at::Tensor own = wrap(tensors.indices(), dims(row, output_sizes(layer_)), row.layout, at::kLong);
      own.copy_(indices_);  // as cold as the row's tensors
      indices_ = own;
    }
    if (!layer_.is_norm()) return;
    gamma_ = of(tensors.parameters().gamma.narrow), beta_ = of(tensors.parameters().beta.narrow);
    at::Tensor y;
    std::tie(y, mean_, invstd_) =
        layer_.kind == LayerKind::layer_norm
            ? at::native_layer_norm(x, layer_.channels, gamma_, beta_, static_cast<double>(epsilon))
            : at::native_batch_norm(x, gamma_, beta_, {}, {}, true, 0.1, static_cast<double>(epsilon));
  }

  at::Tensor pool() {
    const Window& w = window_;
    const bool volume = used_.src.dim() == 5;
    if (layer_.indices && volume)
      return at::max_pool3d_with_indices_backward_out(used_.dst, used_.gradient, used_.src, w.kernel, w.stride,
                                                      w.padding, w.dilation, w.ceil, indices_);
    if (layer_.indices)
      return at::max_pool2d_with_indices_backward_out(used_.dst, used_.gradient, used_.src, w.kernel, w.stride,
                                                      w.padding, w.dilation, w.ceil, indices_);
    if (volume)
      return at::avg_pool3d_backward_out(used_.dst, used_.gradient, used_.src, w.kernel, w.stride, w.padding, w.ceil,
                                         w.count_padding, w.divisor);
    return at::avg_pool2d_backward_out(used_.dst, used_.gradient, used_.src, w.kernel, w.stride, w.padding, w.ceil,
                                       w.count_padding, w.divisor);
  }

  // It has no form that writes to memory of the caller's.
  at::Tensor norm() {
    constexpr std::array<bool, 3> all = {true, true, true};
    if (layer_.kind == LayerKind::layer_norm)
      return std::get<0>(at::native_layer_norm_backward(used_.gradient, used_.src, layer_.channels, mean_, invstd_,
                                                        gamma_, beta_, all));
    return std::get<0>(at::native_batch_norm_backward(used_.gradient, used_.src, gamma_, {}, {}, mean_, invstd_, true,
                                                      static_cast<double>(epsilon), all));
  }

  const Layer& layer_;
  int threads_;
  bool converts_;
  Window window_;
  Triple given_, used_;
  at::Tensor indices_, gamma_, beta_, mean_, invstd_, result_;
};

}  // namespace

std::unique_ptr<Subject> make_gradient(const Row& row, const Tensors& tensors, bool converts) {
  if (row.layer.is_adaptive() || row.layer.kind == LayerKind::group_norm) return nullptr;
  return std::make_unique<Gradient>(row, tensors, converts);
}

}  // namespace bench::torch
