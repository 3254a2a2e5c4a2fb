#include "ours/ours.hpp"
#include "ours/planned.hpp"

namespace bench {
namespace {

class Pool : public Subject {
 public:
  Pool(const Row& row, const Tensors& tensors) : tensors_(tensors), plan_(pool_desc(row), row) {
    plan_.check_output(row);
  }

  void run() override { plan_.run(tensors_.src(), tensors_.dst()); }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::PoolPlan> plan_;
};

poolnorm::MaxIndicesDesc indices_desc(const Row& row) { return {pool_desc(row), {}, *row.layer.indices}; }

class MaxIndices : public Subject {
 public:
  MaxIndices(const Row& row, const Tensors& tensors) : tensors_(tensors), plan_(indices_desc(row), row) {
    plan_.check_output(row);
  }

  void run() override { plan_.run(Source{tensors_.src()}, Target{tensors_.dst()}, tensors_.indices()); }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::MaxIndicesPlan> plan_;
};

class MaxGradient : public Subject {
 public:
  MaxGradient(const Row& row, const Tensors& tensors) : tensors_(tensors), plan_(indices_desc(row), row) {
    MaxIndices(row, tensors).run();  // its values go where the gradient will be
  }

  void run() override { plan_.run(Source{tensors_.gradient()}, tensors_.indices(), Target{tensors_.dst()}); }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::MaxPoolBackwardPlan> plan_;
};

class AverageGradient : public Subject {
 public:
  AverageGradient(const Row& row, const Tensors& tensors) : tensors_(tensors), plan_(pool_desc(row), row) {}

  void run() override { plan_.run(Source{tensors_.gradient()}, Target{tensors_.dst()}); }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::AveragePoolBackwardPlan> plan_;
};

}  // namespace

std::unique_ptr<Subject> make_our_pool(const Row& row, const Tensors& tensors) {
  if (row.layer.indices && row.layer.backward) return std::make_unique<MaxGradient>(row, tensors);
  if (row.layer.indices) return std::make_unique<MaxIndices>(row, tensors);
  if (row.layer.backward) return std::make_unique<AverageGradient>(row, tensors);
  return std::make_unique<Pool>(row, tensors);
}

}  // namespace bench
