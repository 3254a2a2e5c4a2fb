#include "ours/ours.hpp"
#include "ours/planned.hpp"

namespace bench {
namespace {

poolnorm::ChainDesc chain_desc(const Row& row, const NormParameters& parameters) {
  const poolnorm::BatchNormDesc norm = norm_desc(row, parameters);
  poolnorm::ChainDesc desc;
  desc.src = norm.src;
  desc.before = poolnorm::Affine::batch_norm(norm.mean, norm.variance, norm.gamma, norm.beta, norm.epsilon);
  desc.residual = norm.residual;
  desc.activation = norm.activation;
  desc.pools[0].pool = pool_desc(row);
  desc.pools[0].pool.src = {};
  desc.pool_count = 1;
  return desc;
}

class Chain : public Subject {
 public:
  Chain(const Row& row, const Tensors& tensors) : plan_(chain_desc(row, tensors.parameters()), row) {
    plan_.check_output(row);
    data_.src = Source{tensors.src()};
    data_.residual = Source{tensors.residual()};
    data_.dst[0] = Target{tensors.dst()};
  }

  void run() override { plan_.run(data_); }

 private:
  Planned<poolnorm::ChainPlan> plan_;
  poolnorm::ChainData data_;
};

// The norm, then the pool.
class Separate : public Subject {
 public:
  Separate(const Row& row, const Tensors& tensors)
      : tensors_(tensors),
        norm_(norm_desc(row, tensors.parameters()), row),
        pool_(pool_desc(row), row),
        between_(4032) {
    between_.reserve(row.batch * row.layer.channels * row.layer.plane() * poolnorm::size_of(row.layer.type));
  }

  void run() override {
    if (tensors_.residual() == nullptr)
      norm_.run(Source{tensors_.src()}, Target{between_.data()});
    else
      norm_.run(Source{tensors_.src()}, Source{tensors_.residual()}, Target{between_.data()});
    pool_.run(between_.data(), tensors_.dst());
  }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::NormPlan> norm_;
  Planned<poolnorm::PoolPlan> pool_;
  Buffer between_;
};

}  // namespace

std::unique_ptr<Subject> make_our_chain(const Row& row, const Tensors& tensors) {
  return std::make_unique<Chain>(row, tensors);
}

std::unique_ptr<Subject> make_separate(const Row& row, const Tensors& tensors) {
  return row.layer.norm ? std::make_unique<Separate>(row, tensors) : nullptr;
}

}  // namespace bench
