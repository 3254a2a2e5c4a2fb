#include "ours/planned.hpp"

#include "elements.hpp"

namespace bench {
namespace {

poolnorm::Spatial spatial(const Sizes& sizes) { return {sizes.data(), sizes.size()}; }

}  // namespace

void check(const poolnorm::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.message);
}

poolnorm::TensorDesc tensor(const Row& row, const Sizes& spatial) {
  Sizes dims = {row.batch, row.layer.channels};
  dims.insert(dims.end(), spatial.begin(), spatial.end());
  const poolnorm::Dims list(dims.data(), static_cast<int>(dims.size()));
  return row.layout == Layout::nchw ? poolnorm::nchw(list, row.layer.type) : poolnorm::nhwc(list, row.layer.type);
}

poolnorm::Parameters parameters(const Row& row, const Values& values) {
  if (row.layer.type == poolnorm::ElementType::f64) return values.wide;
  return values.narrow;
}

poolnorm::MutableParameters parameters(const Row& row, Values& values) {
  if (row.layer.type == poolnorm::ElementType::f64) return values.wide;
  return values.narrow;
}

poolnorm::PoolDesc pool_desc(const Row& row) {
  const Layer& layer = row.layer;
  poolnorm::PoolDesc desc;
  if (layer.kind == LayerKind::min)
    desc.op = poolnorm::PoolOp::min;
  else if (layer.is_lp())
    desc.op = poolnorm::PoolOp::lp;
  else
    desc.op = layer.is_average() ? poolnorm::PoolOp::average : poolnorm::PoolOp::max;
  desc.src = src_tensor(row);
  desc.p = layer.p;
  if (layer.kind == LayerKind::global_max || layer.kind == LayerKind::global_average ||
      layer.kind == LayerKind::global_lp) {
    desc.kind = poolnorm::PoolKind::global;
  } else if (layer.is_adaptive()) {
    desc.kind = poolnorm::PoolKind::adaptive;
    desc.output = spatial(layer.output);
  } else {
    desc.window =
        poolnorm::Window(spatial(layer.kernel), spatial(layer.stride), spatial(layer.padding), spatial(layer.dilation));
    desc.output_size = layer.ceil ? poolnorm::OutputSize::ceil : poolnorm::OutputSize::floor;
    desc.divisor = layer.divisor;
  }
  return desc;
}

poolnorm::BatchNormDesc norm_desc(const Row& row, const NormParameters& p) {
  poolnorm::BatchNormDesc desc;
  desc.src = src_tensor(row);
  if (row.layer.residual) desc.residual = desc.src;
  desc.mean = parameters(row, p.mean);
  desc.variance = parameters(row, p.variance);
  desc.gamma = parameters(row, p.gamma);
  desc.beta = parameters(row, p.beta);
  desc.epsilon = epsilon;
  desc.activation = row.layer.activation;
  if (is_integer(row.layer.type)) {
    desc.src_quantization = desc.dst_quantization = desc.residual_quantization = quantization_of(row.layer.type);
  }
  return desc;
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

}  // namespace bench
