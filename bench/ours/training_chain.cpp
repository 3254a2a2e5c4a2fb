// Chains in training and their gradients, which read what the chain saved.
#include <optional>

#include "ours/ours.hpp"
#include "ours/planned.hpp"

namespace bench {
namespace {

struct Saved {
  explicit Saved(const Row& row)
      : mean(channels(row)), mean_low(channels(row)), invstd(channels(row)), mask(mask_bytes(row)) {}

  std::vector<float> mean, mean_low, invstd;
  std::vector<std::uint8_t> mask;

 private:
  static std::size_t channels(const Row& row) { return static_cast<std::size_t>(row.layer.channels); }
  // A bit an element; planes or images begin with bytes of their own.
  static std::size_t mask_bytes(const Row& row) {
    if (!row.layer.has_mask()) return 0;
    return static_cast<std::size_t>(row.batch * row.layer.channels * (row.layer.plane() / 8 + 1));
  }
};

poolnorm::BatchNormTrainingDesc training_norm(const Row& row) {
  poolnorm::BatchNormTrainingDesc desc;
  desc.src = src_tensor(row);
  if (row.layer.residual) desc.residual = desc.src;
  desc.epsilon = epsilon;
  desc.activation = row.layer.activation;
  desc.mask = row.layer.has_mask();
  return desc;
}

poolnorm::TrainingChainDesc chain_desc(const Row& row) {
  poolnorm::TrainingChainDesc desc;
  desc.norm = training_norm(row);
  if (row.layer.keeps_tensor()) desc.norm.dst = desc.norm.src;
  desc.pool = pool_desc(row);
  desc.pool.src = {};
  desc.with_indices = row.layer.indices.has_value();
  desc.index_type = row.layer.indices.value_or(poolnorm::IndexType::i64);
  return desc;
}

poolnorm::BatchNormTrainingData norm_data(const Tensors& tensors, Saved& saved) {
  poolnorm::BatchNormTrainingData data;
  data.src = Source{tensors.src()};
  data.residual = Source{tensors.residual()};
  data.gamma = tensors.parameters().gamma.narrow;
  data.beta = tensors.parameters().beta.narrow;
  data.saved_mean = saved.mean;
  data.saved_mean_low = saved.mean_low;
  data.saved_invstd = saved.invstd;
  data.mask = saved.mask.data();
  return data;
}

class Chain : public Subject {
 public:
  Chain(const Row& row, const Tensors& tensors) : plan_(chain_desc(row), row), saved_(row) {
    plan_.check_output(row);
    data_.norm = norm_data(tensors, saved_);
    data_.norm.dst = Target{tensors.intermediate()};
    data_.dst = Target{tensors.dst()};
    data_.indices = tensors.indices();
  }

  void run() override { plan_.run(data_); }
  const Saved& saved() const { return saved_; }

 private:
  Planned<poolnorm::TrainingChainPlan> plan_;
  Saved saved_;
  poolnorm::TrainingChainData data_;
};

// The norm, then the pool.
class Separate : public Subject {
 public:
  Separate(const Row& row, const Tensors& tensors)
      : tensors_(tensors), norm_(training_norm(row), row), saved_(row), own_(4032), between_(tensors.intermediate()) {
    if (between_ == nullptr)
      between_ = own_.reserve(row.batch * row.layer.channels * row.layer.plane() * poolnorm::size_of(row.layer.type));
    data_ = norm_data(tensors, saved_);
    data_.dst = Target{between_};
    if (row.layer.indices)
      maxima_.emplace(poolnorm::MaxIndicesDesc{pool_desc(row), {}, *row.layer.indices}, row);
    else
      pool_.emplace(pool_desc(row), row);
  }

  void run() override {
    norm_.run(data_);
    if (maxima_)
      maxima_->run(Source{between_}, Target{tensors_.dst()}, tensors_.indices());
    else
      pool_->run(Source{between_}, Target{tensors_.dst()});
  }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::BatchNormTrainingPlan> norm_;
  std::optional<Planned<poolnorm::MaxIndicesPlan>> maxima_;
  std::optional<Planned<poolnorm::PoolPlan>> pool_;
  Saved saved_;
  poolnorm::BatchNormTrainingData data_;
  Buffer own_;
  void* between_;
};

poolnorm::BatchNormBackwardDesc norm_gradient(const Row& row) {
  poolnorm::BatchNormBackwardDesc desc;
  desc.src = src_tensor(row);
  desc.mask = row.layer.has_mask();
  return desc;
}

poolnorm::TrainingChainBackwardDesc gradient_desc(const Row& row) {
  const poolnorm::TrainingChainDesc forward = chain_desc(row);
  return {norm_gradient(row), forward.pool, forward.with_indices, forward.indices, forward.index_type};
}

// What both ways back read and write.
class AnyGradient : public Subject {
 protected:
  AnyGradient(const Row& row, const Tensors& tensors)
      : saved_(row), grad_gamma_(tensors.parameters().gamma.size()), grad_beta_(tensors.parameters().gamma.size()) {
    Chain forward(row, tensors);
    forward.run();  // its output goes where the gradient will be
    saved_ = forward.saved();
    norm_.src = Source{tensors.src()};
    norm_.grad_src = Target{tensors.dst()};
    norm_.mask = saved_.mask.data();
    norm_.gamma = tensors.parameters().gamma;
    norm_.mean = saved_.mean;
    norm_.mean_low = saved_.mean_low;
    norm_.invstd = saved_.invstd;
    norm_.grad_gamma = grad_gamma_;
    norm_.grad_beta = grad_beta_;
  }

  poolnorm::BatchNormBackwardData norm_;

 private:
  Saved saved_;
  std::vector<float> grad_gamma_, grad_beta_;
};

class Gradient : public AnyGradient {
 public:
  Gradient(const Row& row, const Tensors& tensors) : AnyGradient(row, tensors), plan_(gradient_desc(row), row) {
    data_ = {norm_, Source{tensors.gradient()}, tensors.indices()};
  }

  void run() override { plan_.run(data_); }

 private:
  Planned<poolnorm::TrainingChainBackwardPlan> plan_;
  poolnorm::TrainingChainBackwardData data_;
};

// The pool's gradient, then the norm's in its place.
class SeparateGradient : public AnyGradient {
 public:
  SeparateGradient(const Row& row, const Tensors& tensors)
      : AnyGradient(row, tensors), tensors_(tensors), plan_(norm_gradient(row), row) {
    norm_.grad_dst = Source{tensors.dst()};
    if (row.layer.indices)
      maxima_.emplace(poolnorm::MaxIndicesDesc{pool_desc(row), {}, *row.layer.indices}, row);
    else
      average_.emplace(pool_desc(row), row);
  }

  void run() override {
    if (maxima_)
      maxima_->run(Source{tensors_.gradient()}, tensors_.indices(), Target{tensors_.dst()});
    else
      average_->run(Source{tensors_.gradient()}, Target{tensors_.dst()});
    plan_.run(norm_);
  }

 private:
  const Tensors& tensors_;
  std::optional<Planned<poolnorm::MaxPoolBackwardPlan>> maxima_;
  std::optional<Planned<poolnorm::AveragePoolBackwardPlan>> average_;
  Planned<poolnorm::BatchNormBackwardPlan> plan_;
};

}  // namespace

std::unique_ptr<Subject> make_our_training_chain(const Row& row, const Tensors& tensors) {
  if (row.layer.backward) return std::make_unique<Gradient>(row, tensors);
  return std::make_unique<Chain>(row, tensors);
}

std::unique_ptr<Subject> make_separate_training(const Row& row, const Tensors& tensors) {
  if (row.layer.backward) return std::make_unique<SeparateGradient>(row, tensors);
  return std::make_unique<Separate>(row, tensors);
}

}  // namespace bench
