#include <cstddef>
#include <stdexcept>
#include <vector>

#include <poolnorm/poolnorm.hpp>

#include "subject.hpp"

namespace bench {
namespace {

using poolnorm::Status;

void check(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.message);
}

poolnorm::TensorDesc tensor(const Layer& layer, std::int64_t batch, Layout layout, const Sizes& spatial) {
  Sizes dims = {batch, layer.channels};
  dims.insert(dims.end(), spatial.begin(), spatial.end());
  const poolnorm::Dims list(dims.data(), static_cast<int>(dims.size()));
  return layout == Layout::nchw ? poolnorm::nchw(list) : poolnorm::nhwc(list);
}

poolnorm::Spatial spatial(const Sizes& sizes) {
  poolnorm::Spatial s;
  s.count = static_cast<int>(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) s.values[i] = sizes[i];
  return s;
}

poolnorm::RunContext context(const Row& row) {
  poolnorm::RunContext c;
  c.executor = row.threads == 1 ? poolnorm::serial_executor() : poolnorm::openmp_executor(row.threads);
  return c;
}

poolnorm::PlanOptions options(const Row& row) {
  poolnorm::PlanOptions o;
  o.isa = row.isa;
  return o;
}

poolnorm::PoolDesc pool_desc(const Row& row) {
  const Layer& layer = row.layer;
  poolnorm::PoolDesc desc;
  if (layer.kind == LayerKind::min) desc.op = poolnorm::PoolOp::min;
  else desc.op = layer.is_average() ? poolnorm::PoolOp::average : poolnorm::PoolOp::max;
  desc.src = tensor(layer, row.batch, row.layout, layer.spatial);
  if (layer.kind == LayerKind::global_max || layer.kind == LayerKind::global_average) {
    desc.kind = poolnorm::PoolKind::global;
  } else if (layer.is_adaptive()) {
    desc.kind = poolnorm::PoolKind::adaptive;
    desc.output = spatial(layer.output);
  } else {
    desc.window = poolnorm::Window(spatial(layer.kernel), spatial(layer.stride), spatial(layer.padding),
                                   spatial(layer.dilation));
    desc.output_size = layer.ceil ? poolnorm::OutputSize::ceil : poolnorm::OutputSize::floor;
    desc.divisor = layer.divisor;
  }
  return desc;
}

poolnorm::BatchNormDesc norm_desc(const Row& row, const NormParameters& parameters) {
  poolnorm::BatchNormDesc desc;
  desc.src = tensor(row.layer, row.batch, row.layout, row.layer.spatial);
  if (row.layer.residual) desc.residual = desc.src;
  desc.mean = parameters.mean;
  desc.variance = parameters.variance;
  desc.gamma = parameters.gamma;
  desc.beta = parameters.beta;
  desc.epsilon = epsilon;
  desc.activation = row.layer.activation;
  return desc;
}

// A plan with its workspace.
template <class Plan>
class Planned {
 public:
  template <class Desc>
  Planned(const Desc& desc, const Row& row) : context_(context(row)) {
    auto made = Plan::make(desc, options(row));
    check(made.status);
    plan_ = std::move(made.value);
    workspace_.resize(plan_.workspace_bytes(context_.executor));
    context_.workspace = workspace_.data();
    context_.workspace_bytes = workspace_.size();
  }

  // The output has the sizes that the layer says.
  void check_output(const Row& row) const {
    const poolnorm::TensorDesc expected = tensor(row.layer, row.batch, row.layout, output_sizes(row.layer));
    for (int i = 0; i < expected.rank; ++i)
      if (plan_.dst().dims[i] != expected.dims[i]) throw std::runtime_error("the plan's output has other sizes");
  }

  template <class... Data>
  void run(const Data&... data) const {
    check(plan_.run(data..., context_));
  }

 private:
  poolnorm::RunContext context_;
  Plan plan_;
  std::vector<std::byte> workspace_;
};

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

class Norm : public Subject {
 public:
  Norm(const Row& row, const Tensors& tensors) : tensors_(tensors), plan_(norm_desc(row, tensors.parameters()), row) {}

  void run() override { run_to(tensors_.dst()); }
  void run_to(float* dst) const {
    if (tensors_.residual() == nullptr) plan_.run(tensors_.src(), dst);
    else plan_.run(tensors_.src(), tensors_.residual(), dst);
  }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::NormPlan> plan_;
};

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
    data_.src = tensors.src();
    data_.residual = tensors.residual();
    data_.dst[0] = tensors.dst();
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
      : tensors_(tensors), norm_(row, tensors), pool_(pool_desc(row), row), between_(4032) {
    between_.reserve(row.batch * row.layer.channels * row.layer.plane());
  }

  void run() override {
    norm_.run_to(between_.data());
    pool_.run(between_.data(), tensors_.dst());
  }

 private:
  const Tensors& tensors_;
  Norm norm_;
  Planned<poolnorm::PoolPlan> pool_;
  Buffer between_;
};

poolnorm::BatchNormTrainingDesc training_desc(const Row& row) {
  poolnorm::BatchNormTrainingDesc desc;
  desc.src = tensor(row.layer, row.batch, row.layout, row.layer.spatial);
  if (row.layer.residual) desc.residual = desc.src;
  desc.epsilon = epsilon;
  desc.activation = row.layer.activation;
  return desc;
}

poolnorm::GroupNormDesc group_desc(const Row& row) {
  return {tensor(row.layer, row.batch, row.layout, row.layer.spatial), {}, row.layer.groups, epsilon};
}

poolnorm::LayerNormDesc layer_desc(const Row& row) {
  return poolnorm::layer_norm(tensor(row.layer, row.batch, Layout::nchw, row.layer.spatial));
}

// A norm with statistics of its own input, which training saves.
template <class Plan, class Data>
class WithStatistics : public Subject {
 public:
  template <class Desc>
  WithStatistics(const Desc& desc, const Row& row, const Tensors& tensors)
      : plan_(desc, row), mean_(saved(row)), invstd_(saved(row)) {
    data_.src = tensors.src();
    data_.dst = tensors.dst();
    if constexpr (requires { data_.residual; }) data_.residual = tensors.residual();
    data_.gamma = tensors.parameters().gamma;
    data_.beta = tensors.parameters().beta;
    data_.saved_mean = mean_;
    data_.saved_invstd = invstd_;
  }

  void run() override { plan_.run(data_); }

 private:
  static std::size_t saved(const Row& row) {
    const bool batch = row.layer.kind == LayerKind::batch_norm_training;
    return static_cast<std::size_t>(batch ? row.layer.channels : row.batch * row.layer.groups);
  }

  Planned<Plan> plan_;
  std::vector<float> mean_, invstd_;
  Data data_;
};

using Training = WithStatistics<poolnorm::BatchNormTrainingPlan, poolnorm::BatchNormTrainingData>;
using Group = WithStatistics<poolnorm::GroupNormPlan, poolnorm::GroupNormData>;
using LayerNorm = WithStatistics<poolnorm::LayerNormPlan, poolnorm::LayerNormData>;

}  // namespace

std::unique_ptr<Subject> make_poolnorm(const Row& row, const Tensors& tensors) {
  if (row.layer.norm) return std::make_unique<Chain>(row, tensors);
  if (row.layer.kind == LayerKind::batch_norm_training) return std::make_unique<Training>(training_desc(row), row, tensors);
  if (row.layer.kind == LayerKind::group_norm) return std::make_unique<Group>(group_desc(row), row, tensors);
  if (row.layer.kind == LayerKind::layer_norm) return std::make_unique<LayerNorm>(layer_desc(row), row, tensors);
  if (row.layer.is_norm()) return std::make_unique<Norm>(row, tensors);
  return std::make_unique<Pool>(row, tensors);
}

std::unique_ptr<Subject> make_separate(const Row& row, const Tensors& tensors) {
  return row.layer.norm ? std::make_unique<Separate>(row, tensors) : nullptr;
}

}  // namespace bench
