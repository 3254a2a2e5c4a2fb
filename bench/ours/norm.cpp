#include "ours/ours.hpp"
#include "ours/planned.hpp"

namespace bench {
namespace {

class Norm : public Subject {
 public:
  Norm(const Row& row, const Tensors& tensors) : tensors_(tensors), plan_(norm_desc(row, tensors.parameters()), row) {}

  void run() override {
    if (tensors_.residual() == nullptr)
      plan_.run(Source{tensors_.src()}, Target{tensors_.dst()});
    else
      plan_.run(Source{tensors_.src()}, Source{tensors_.residual()}, Target{tensors_.dst()});
  }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::NormPlan> plan_;
};

// The same scales for every image.
class Excite : public Subject {
 public:
  Excite(const Row& row, const Tensors& tensors) : tensors_(tensors), plan_(desc(row), row) {
    for (std::int64_t n = 0; n < row.batch; ++n)
      for (const float s : tensors.parameters().gamma) scale_.push_back(s);
    scales_ = parameters(row, std::as_const(scale_)).data;
  }

  void run() override {
    if (tensors_.residual() == nullptr)
      plan_.run(Source{tensors_.src()}, Source{scales_}, Target{tensors_.dst()});
    else
      plan_.run(Source{tensors_.src()}, Source{scales_}, Source{tensors_.residual()}, Target{tensors_.dst()});
  }

 private:
  static poolnorm::ExciteDesc desc(const Row& row) {
    poolnorm::ExciteDesc desc;
    desc.src = src_tensor(row);
    if (row.layer.residual) desc.residual = desc.src;
    desc.activation = row.layer.activation;
    return desc;
  }

  const Tensors& tensors_;
  Planned<poolnorm::ExcitePlan> plan_;
  Values scale_;
  const void* scales_ = nullptr;
};

}  // namespace

std::unique_ptr<Subject> make_our_norm(const Row& row, const Tensors& tensors) {
  if (row.layer.kind == LayerKind::excite) return std::make_unique<Excite>(row, tensors);
  return std::make_unique<Norm>(row, tensors);
}

}  // namespace bench
