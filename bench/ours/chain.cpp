#include "ours/ours.hpp"
#include "ours/planned.hpp"

namespace bench {
namespace {

// The channel slices of a row's output.
class OutputSlices {
 public:
  explicit OutputSlices(const Row& row) {
    Layer whole = row.layer;
    whole.channels = row.layer.output_channels();
    desc_ = poolnorm::channel_slice(tensor({whole, row.batch, row.layout, row.threads, row.isa}, output_sizes(whole)),
                                    row.layer.channels);
    step_ = row.layer.channels * desc_.strides[1] * poolnorm::size_of(row.layer.type);
  }
  const poolnorm::TensorDesc& desc() const { return desc_; }
  void* at(void* dst, std::int64_t slice) const { return static_cast<char*>(dst) + slice * step_; }

 private:
  poolnorm::TensorDesc desc_;
  std::int64_t step_;
};

poolnorm::ChainDesc chain_desc(const Row& row, const NormParameters& parameters) {
  const Layer& layer = row.layer;
  poolnorm::ChainDesc desc;
  desc.src = src_tensor(row);
  desc.intermediate_type = layer.type;
  if (layer.norm) {
    const poolnorm::BatchNormDesc norm = norm_desc(row, parameters);
    desc.before = poolnorm::Affine::batch_norm(norm.mean, norm.variance, norm.gamma, norm.beta, norm.epsilon);
    desc.residual = norm.residual;
    desc.activation = norm.activation;
    desc.src_quantization = norm.src_quantization;
    desc.residual_quantization = norm.residual_quantization;
    desc.intermediate_quantization = norm.dst_quantization;
  }
  if (layer.intermediate) desc.intermediate = layer.has_slices() ? OutputSlices(row).desc() : desc.src;
  desc.pool_count = static_cast<int>(layer.times);
  for (int i = 0; i < desc.pool_count; ++i) {
    desc.pools[i].of = i - 1;
    desc.pools[i].pool = pool_desc(row);
    desc.pools[i].pool.src = {};
    desc.pools[i].pool.src_quantization = desc.pools[i].pool.dst_quantization = desc.intermediate_quantization;
    if (layer.has_slices()) desc.pools[i].pool.dst = OutputSlices(row).desc();
  }
  return desc;
}

class Chain : public Subject {
 public:
  Chain(const Row& row, const Tensors& tensors) : plan_(chain_desc(row, tensors.parameters()), row) {
    plan_.check_output(row);
    data_.src = Source{tensors.src()};
    data_.residual = Source{tensors.residual()};
    data_.intermediate = Target{tensors.intermediate()};
    if (!row.layer.has_slices()) {
      data_.dst[0] = Target{tensors.dst()};
      return;
    }
    const OutputSlices slices(row);
    std::int64_t slice = 0;
    if (row.layer.intermediate) data_.intermediate = Target{slices.at(tensors.dst(), slice++)};
    for (std::int64_t i = 0; i < row.layer.times; ++i) data_.dst[i] = Target{slices.at(tensors.dst(), slice++)};
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
        own_(4032),
        between_(tensors.intermediate()) {
    if (between_ == nullptr)
      between_ = own_.reserve(row.batch * row.layer.channels * row.layer.plane() * poolnorm::size_of(row.layer.type));
  }

  void run() override {
    if (tensors_.residual() == nullptr)
      norm_.run(Source{tensors_.src()}, Target{between_});
    else
      norm_.run(Source{tensors_.src()}, Source{tensors_.residual()}, Target{between_});
    pool_.run(between_, tensors_.dst());
  }

 private:
  const Tensors& tensors_;
  Planned<poolnorm::NormPlan> norm_;
  Planned<poolnorm::PoolPlan> pool_;
  Buffer own_;
  void* between_;
};

// The pools one by one, each with its whole window, into their slices; an identity is a pool of one element.
class SeparateSlices : public Subject {
 public:
  SeparateSlices(const Row& row, const Tensors& tensors) : tensors_(tensors), slices_(row) {
    for (const Layer& layer : slices(row.layer)) {
      poolnorm::PoolDesc desc = pool_desc({layer, row.batch, row.layout, row.threads, row.isa});
      desc.dst = slices_.desc();
      pools_.emplace_back(desc, row);
    }
  }

  void run() override {
    std::int64_t slice = 0;
    for (const Planned<poolnorm::PoolPlan>& pool : pools_)
      pool.run(tensors_.src(), slices_.at(tensors_.dst(), slice++));
  }

 private:
  const Tensors& tensors_;
  const OutputSlices slices_;
  std::vector<Planned<poolnorm::PoolPlan>> pools_;
};

}  // namespace

std::unique_ptr<Subject> make_our_chain(const Row& row, const Tensors& tensors) {
  return std::make_unique<Chain>(row, tensors);
}

std::unique_ptr<Subject> make_separate(const Row& row, const Tensors& tensors) {
  if (!row.layer.is_chain()) return nullptr;
  if (row.layer.training) return make_separate_training(row, tensors);
  if (row.layer.has_slices()) return std::make_unique<SeparateSlices>(row, tensors);
  return std::make_unique<Separate>(row, tensors);
}

}  // namespace bench
