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

// Of inference: running statistics.
class InferenceGradient : public Subject {
 public:
  InferenceGradient(const poolnorm::BatchNormBackwardDesc& desc, const Row& row, const Tensors& tensors)
      : plan_(desc, row), grad_gamma_(tensors.parameters().gamma.size()), grad_beta_(grad_gamma_.size()) {
    data_.src = Source{tensors.src()};
    data_.grad_dst = Source{tensors.gradient()};
    data_.grad_src = Target{tensors.dst()};
    data_.gamma = parameters(row, tensors.parameters().gamma);
    data_.mean = parameters(row, tensors.parameters().mean);
    data_.variance = parameters(row, tensors.parameters().variance);
    data_.grad_gamma = parameters(row, grad_gamma_);
    data_.grad_beta = parameters(row, grad_beta_);
  }

  void run() override { plan_.run(data_); }

 private:
  Planned<poolnorm::BatchNormBackwardPlan> plan_;
  Values grad_gamma_, grad_beta_;
  poolnorm::BatchNormBackwardData data_;
};

// The steps of a batch in parts, one after the other.
class TrainingInParts : public Subject {
 public:
  TrainingInParts(const Row& row, const Tensors& tensors)
      : saved_(row), channels_(row.layer.channels), moments_(static_cast<std::size_t>(row.layer.parts * channels_)) {
    const std::int64_t image = channels_ * row.layer.plane() * poolnorm::size_of(row.layer.type);
    for (std::int64_t p = 0, first = 0; p < row.layer.parts; ++p) {
      Row part = row;
      part.batch = row.batch / row.layer.parts + (p < row.batch % row.layer.parts ? 1 : 0);
      parts_.push_back({Planned<poolnorm::BatchNormTrainingPlan>(training_desc(part), part), {}});
      poolnorm::BatchNormTrainingData& data = parts_.back().data;
      const auto slice = [&](const void* tensor) { return tensor == nullptr ? nullptr : static_cast<const char*>(tensor) + first * image; };
      data.src = Source{slice(tensors.src())};
      data.residual = Source{slice(tensors.residual())};
      data.dst = Target{const_cast<char*>(slice(tensors.dst()))};
      data.gamma = parameters(row, tensors.parameters().gamma);
      data.beta = parameters(row, tensors.parameters().beta);
      first += part.batch;
    }
    statistics_.saved_mean = parameters(row, saved_.mean);
    statistics_.saved_mean_low = parameters(row, saved_.mean_low);
    statistics_.saved_invstd = parameters(row, saved_.invstd);
  }

  void run() override {
    const auto moments_of = [this](std::size_t part) { return moments_.data() + static_cast<std::int64_t>(part) * channels_; };
    for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].plan.partial(parts_[i].data.src, moments_of(i));
    poolnorm::merge_moments(moments_.data(), static_cast<std::int64_t>(parts_.size()), channels_, moments_.data());
    parts_[0].plan.finalise(moments_.data(), statistics_);
    for (Part& part : parts_) part.plan.apply(moments_.data(), part.data);
  }

 private:
  struct Part {
    Planned<poolnorm::BatchNormTrainingPlan> plan;
    poolnorm::BatchNormTrainingData data;
  };
  Saved saved_;
  std::int64_t channels_;
  std::vector<poolnorm::Moments> moments_;
  std::vector<Part> parts_;
  poolnorm::BatchNormTrainingData statistics_;
};

using TrainingGradient = Gradient<poolnorm::BatchNormBackwardPlan, poolnorm::BatchNormBackwardData>;
using GroupGradient = Gradient<poolnorm::GroupNormBackwardPlan, poolnorm::GroupNormBackwardData>;
using LayerNormGradient = Gradient<poolnorm::LayerNormBackwardPlan, poolnorm::LayerNormBackwardData>;

}  // namespace

std::unique_ptr<Subject> make_our_norm_with_statistics(const Row& row, const Tensors& tensors) {
  if (row.layer.kind == LayerKind::group_norm) return std::make_unique<Group>(group_desc(row), row, tensors);
  if (row.layer.has_rows()) return std::make_unique<LayerNorm>(layer_desc(row), row, tensors);
  if (row.layer.parts > 1) return std::make_unique<TrainingInParts>(row, tensors);
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
  if (row.layer.kind == LayerKind::batch_norm) {
    desc.training = false;
    desc.epsilon = epsilon;
    return std::make_unique<InferenceGradient>(desc, row, tensors);
  }
  desc.mask = row.layer.has_mask();
  if (row.layer.residual) desc.grad_residual = src;
  return std::make_unique<TrainingGradient>(desc, Training(training_desc(row), row, tensors), row, tensors);
}

}  // namespace bench
