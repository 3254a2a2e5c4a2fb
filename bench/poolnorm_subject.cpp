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

class Pool : public Subject {
 public:
  Pool(const Row& row, const Tensors& tensors) : tensors_(tensors), context_(context(row)) {
    auto made = poolnorm::PoolPlan::make(pool_desc(row), options(row));
    check(made.status);
    plan_ = std::move(made.value);
    const poolnorm::TensorDesc expected = tensor(row.layer, row.batch, row.layout, output_sizes(row.layer));
    for (int i = 0; i < expected.rank; ++i)
      if (plan_.dst().dims[i] != expected.dims[i]) throw std::runtime_error("the plan's output has other sizes");
    workspace_.resize(plan_.workspace_bytes(context_.executor));
    context_.workspace = workspace_.data();
    context_.workspace_bytes = workspace_.size();
  }

  void run() override { check(plan_.run(tensors_.src(), tensors_.dst(), context_)); }

 private:
  const Tensors& tensors_;
  poolnorm::RunContext context_;
  poolnorm::PoolPlan plan_;
  std::vector<std::byte> workspace_;
};

class Norm : public Subject {
 public:
  Norm(const Row& row, const Tensors& tensors) : tensors_(tensors), context_(context(row)) {
    const NormParameters& parameters = tensors.parameters();
    poolnorm::BatchNormDesc desc;
    desc.src = tensor(row.layer, row.batch, row.layout, row.layer.spatial);
    if (row.layer.residual) desc.residual = desc.src;
    desc.mean = parameters.mean;
    desc.variance = parameters.variance;
    desc.gamma = parameters.gamma;
    desc.beta = parameters.beta;
    desc.epsilon = epsilon;
    desc.activation = row.layer.activation;
    auto made = poolnorm::NormPlan::make(desc, options(row));
    check(made.status);
    plan_ = std::move(made.value);
    workspace_.resize(plan_.workspace_bytes(context_.executor));
    context_.workspace = workspace_.data();
    context_.workspace_bytes = workspace_.size();
  }

  void run() override {
    if (tensors_.residual() == nullptr) check(plan_.run(tensors_.src(), tensors_.dst(), context_));
    else check(plan_.run(tensors_.src(), tensors_.residual(), tensors_.dst(), context_));
  }

 private:
  const Tensors& tensors_;
  poolnorm::RunContext context_;
  poolnorm::NormPlan plan_;
  std::vector<std::byte> workspace_;
};

}  // namespace

std::unique_ptr<Subject> make_poolnorm(const Row& row, const Tensors& tensors) {
  if (row.layer.is_norm()) return std::make_unique<Norm>(row, tensors);
  return std::make_unique<Pool>(row, tensors);
}

}  // namespace bench
