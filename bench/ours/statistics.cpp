// Norms with statistics of their own input, which training saves, and their gradients, which read them.
#include "ours/ours.hpp"
#include "ours/planned.hpp"

namespace bench {
namespace {

poolnorm::BatchNormTrainingDesc training_desc(const Row& row) {
  poolnorm::BatchNormTrainingDesc desc;
  desc.src = src_tensor(row);
  if (row.layer.residual) desc.residual = desc.src;
  desc.epsilon = epsilon;
  desc.activation = row.layer.activation;
  desc.mask = row.layer.has_mask();
  return desc;
}

poolnorm::GroupNormDesc group_desc(const Row& row) { return {src_tensor(row), {}, row.layer.groups, epsilon}; }

bool is_rms(const Row& row) { return row.layer.kind == LayerKind::rms_norm; }

poolnorm::LayerNormDesc layer_desc(const Row& row) {
  const poolnorm::TensorDesc src = src_tensor(row);
  poolnorm::LayerNormDesc desc = is_rms(row) ? poolnorm::rms_norm(src) : poolnorm::layer_norm(src);
  if (row.layer.residual) desc.residual = src;
  return desc;
}

struct Saved {
  explicit Saved(const Row& row) : mean(sets(row)), mean_low(sets(row)), invstd(sets(row)), mask(mask_bytes(row)) {}

  Values mean, mean_low, invstd;
  std::vector<std::uint8_t> mask;

 private:
  static std::size_t mask_bytes(const Row& row) {
    if (!row.layer.has_mask()) return 0;
    return static_cast<std::size_t>((row.batch * row.layer.channels * row.layer.plane() + 7) / 8);
  }
  static std::size_t sets(const Row& row) {
    const bool batch = row.layer.kind == LayerKind::batch_norm_training;
    return static_cast<std::size_t>(batch ? row.layer.channels : row.batch * row.layer.groups);
  }
};

template <class Plan, class Data>
class WithStatistics : public Subject {
 public:
  template <class Desc>
  WithStatistics(const Desc& desc, const Row& row, const Tensors& tensors) : plan_(desc, row), saved_(row) {
    data_.src = Source{tensors.src()};
    data_.dst = Target{tensors.dst()};
    if constexpr (requires { data_.residual; }) data_.residual = Source{tensors.residual()};
    data_.gamma = parameters(row, tensors.parameters().gamma);
    data_.beta = parameters(row, tensors.parameters().beta);
    data_.saved_invstd = parameters(row, saved_.invstd);
    if constexpr (requires { data_.mask; }) data_.mask = saved_.mask.data();
    if (is_rms(row)) return;
    data_.saved_mean = parameters(row, saved_.mean);
    data_.saved_mean_low = parameters(row, saved_.mean_low);
  }

  void run() override { plan_.run(data_); }
  const Saved& saved() const { return saved_; }

 private:
  Planned<Plan> plan_;
  Saved saved_;
  Data data_;
};

using Training = WithStatistics<poolnorm::BatchNormTrainingPlan, poolnorm::BatchNormTrainingData>;
using Group = WithStatistics<poolnorm::GroupNormPlan, poolnorm::GroupNormData>;
using LayerNorm = WithStatistics<poolnorm::LayerNormPlan, poolnorm::LayerNormData>;

template <class Plan, class Data>
class Gradient : public Subject {
 public:
  template <class Desc, class Forward>
  Gradient(const Desc& desc, Forward&& forward, const Row& row, const Tensors& tensors)
      : plan_(desc, row),
        saved_(row),
        grad_gamma_(tensors.parameters().gamma.size()),
        grad_beta_(tensors.parameters().gamma.size()),
        grad_residual_(4032) {
    forward.run();  // its output goes where the gradient will be
    saved_ = forward.saved();
    data_.src = Source{tensors.src()};
    data_.grad_dst = Source{tensors.gradient()};
    data_.grad_src = Target{tensors.dst()};
    data_.gamma = parameters(row, tensors.parameters().gamma);
    data_.invstd = parameters(row, std::as_const(saved_.invstd));
    data_.grad_gamma = parameters(row, grad_gamma_);
    data_.grad_beta = parameters(row, grad_beta_);
    if constexpr (requires { data_.mask; }) {
      data_.mask = saved_.mask.data();
      if (row.layer.residual) {
        data_.grad_residual = Target{grad_residual_.reserve(row.batch * row.layer.channels * row.layer.plane() * poolnorm::size_of(row.layer.type))};
      }
    }
    if (is_rms(row)) return;
    data_.mean = parameters(row, std::as_const(saved_.mean));
    data_.mean_low = parameters(row, std::as_const(saved_.mean_low));
  }

  void run() override { plan_.run(data_); }

 private:
  Planned<Plan> plan_;
  Saved saved_;
  Values grad_gamma_, grad_beta_;
  Buffer grad_residual_;
  Data data_;
};

using TrainingGradient = Gradient<poolnorm::BatchNormBackwardPlan, poolnorm::BatchNormBackwardData>;
using GroupGradient = Gradient<poolnorm::GroupNormBackwardPlan, poolnorm::GroupNormBackwardData>;
using LayerNormGradient = Gradient<poolnorm::LayerNormBackwardPlan, poolnorm::LayerNormBackwardData>;

}  // namespace

std::unique_ptr<Subject> make_our_norm_with_statistics(const Row& row, const Tensors& tensors) {
  if (row.layer.kind == LayerKind::group_norm) return std::make_unique<Group>(group_desc(row), row, tensors);
  if (row.layer.has_rows()) return std::make_unique<LayerNorm>(layer_desc(row), row, tensors);
  return std::make_unique<Training>(training_desc(row), row, tensors);
}

std::unique_ptr<Subject> make_our_norm_gradient(const Row& row, const Tensors& tensors) {
  const poolnorm::TensorDesc src = src_tensor(row);
  if (row.layer.kind == LayerKind::group_norm) {
    const poolnorm::GroupNormBackwardDesc desc{src, {}, {}, row.layer.groups};
    return std::make_unique<GroupGradient>(desc, Group(group_desc(row), row, tensors), row, tensors);
  }
  if (row.layer.has_rows()) {
    poolnorm::LayerNormBackwardDesc desc;
    desc.src = src;
    desc.statistics = layer_desc(row).statistics;
    return std::make_unique<LayerNormGradient>(desc, LayerNorm(layer_desc(row), row, tensors), row, tensors);
  }
  poolnorm::BatchNormBackwardDesc desc;
  desc.src = src;
  desc.mask = row.layer.has_mask();
  if (row.layer.residual) desc.grad_residual = src;
  return std::make_unique<TrainingGradient>(desc, Training(training_desc(row), row, tensors), row, tensors);
}

}  // namespace bench
