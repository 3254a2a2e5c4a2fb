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

}  // namespace

std::unique_ptr<Subject> make_our_norm(const Row& row, const Tensors& tensors) {
  return std::make_unique<Norm>(row, tensors);
}

}  // namespace bench
