// Local response norm and its gradient.
#include "ours/ours.hpp"
#include "ours/planned.hpp"

namespace bench {
namespace {

template <class Desc>
Desc response_desc(const Row& row) {
  Desc desc;
  desc.src = src_tensor(row);
  desc.size = row.layer.size;
  desc.alpha = response_alpha;
  desc.beta = response_beta;
  desc.k = response_k;
  return desc;
}

class Response : public Subject {
 public:
  Response(const Row& row, const Tensors& tensors)
      : tensors_(tensors), plan_(response_desc<poolnorm::LocalResponseNormDesc>(row), row) {}

  void run() override { plan_.run(Source{tensors_.src()}, Target{tensors_.dst()}); }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::LocalResponseNormPlan> plan_;
};

class Gradient : public Subject {
 public:
  Gradient(const Row& row, const Tensors& tensors)
      : tensors_(tensors), plan_(response_desc<poolnorm::LocalResponseNormBackwardDesc>(row), row) {}

  void run() override { plan_.run(Source{tensors_.src()}, Source{tensors_.gradient()}, Target{tensors_.dst()}); }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::LocalResponseNormBackwardPlan> plan_;
};

}  // namespace

std::unique_ptr<Subject> make_our_response(const Row& row, const Tensors& tensors) {
  if (row.layer.backward) return std::make_unique<Gradient>(row, tensors);
  return std::make_unique<Response>(row, tensors);
}

}  // namespace bench
