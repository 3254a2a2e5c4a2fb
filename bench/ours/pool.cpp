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

// By the indices of a forward run: gradients, or maxima, which stand in the gradients' tensor.
template <class Plan>
class ByIndices : public Subject {
 public:
  ByIndices(const Row& row, const Tensors& tensors) : tensors_(tensors), plan_(indices_desc(row), row) {
    MaxIndices(row, tensors).run();  // its values go where the result will be
  }

  void run() override { plan_.run(Source{tensors_.gradient()}, tensors_.indices(), Target{tensors_.dst()}); }

 private:
  const Tensors& tensors_;
  Planned<Plan> plan_;
};

class LpGradient : public Subject {
 public:
  LpGradient(const Row& row, const Tensors& tensors) : tensors_(tensors), plan_(pool_desc(row), row), output_(4032) {
    output_.reserve(row.batch * row.layer.channels * row.layer.output_plane() * poolnorm::size_of(row.layer.type));
    Planned<poolnorm::PoolPlan>(pool_desc(row), row).run(tensors.src(), output_.data());
  }

  void run() override {
    plan_.run(Source{tensors_.src()}, Source{output_.data()}, Source{tensors_.gradient()}, Target{tensors_.dst()});
  }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::LpPoolBackwardPlan> plan_;
  Buffer output_;
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
  if (row.layer.unpool) return std::make_unique<ByIndices<poolnorm::MaxUnpoolPlan>>(row, tensors);
  if (row.layer.indices && row.layer.backward)
    return std::make_unique<ByIndices<poolnorm::MaxPoolBackwardPlan>>(row, tensors);
  if (row.layer.indices) return std::make_unique<MaxIndices>(row, tensors);
  if (row.layer.backward && row.layer.is_lp()) return std::make_unique<LpGradient>(row, tensors);
  if (row.layer.backward) return std::make_unique<AverageGradient>(row, tensors);
  return std::make_unique<Pool>(row, tensors);
}

}  // namespace bench
