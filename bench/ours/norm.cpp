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

poolnorm::LocalResponseNormDesc response_desc(const Row& row) {
  poolnorm::LocalResponseNormDesc desc;
  desc.src = src_tensor(row);
  desc.size = row.layer.size;
  desc.alpha = response_alpha;
  desc.beta = response_beta;
  desc.k = response_k;
  return desc;
}

class Response : public Subject {
 public:
  Response(const Row& row, const Tensors& tensors) : tensors_(tensors), plan_(response_desc(row), row) {}

  void run() override { plan_.run(Source{tensors_.src()}, Target{tensors_.dst()}); }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::LocalResponseNormPlan> plan_;
};

}  // namespace

std::unique_ptr<Subject> make_our_norm(const Row& row, const Tensors& tensors) {
  if (row.layer.is_response()) return std::make_unique<Response>(row, tensors);
  return std::make_unique<Norm>(row, tensors);
}

}  // namespace bench
