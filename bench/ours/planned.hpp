// What our subjects share: descriptors of a row, and a plan with its workspace.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include <poolnorm/poolnorm.hpp>

#include "subject.hpp"

namespace bench {

// Throws what the library refused.
void check(const poolnorm::Status& status);

// Elements as plans take them: of the tensor's type, or of f32 alone.
struct Source {
  const void* data;
  operator poolnorm::ConstElements() const { return data; }
  operator const float*() const { return static_cast<const float*>(data); }
};
struct Target {
  void* data;
  operator poolnorm::Elements() const { return data; }
  operator float*() const { return static_cast<float*>(data); }
};

// A packed tensor of the row's batch, channels and type.
poolnorm::TensorDesc tensor(const Row& row, const Sizes& spatial);
inline poolnorm::TensorDesc src_tensor(const Row& row) { return tensor(row, row.layer.spatial); }

// As tensors of this row's type take them.
poolnorm::Parameters parameters(const Row& row, const Values& values);
poolnorm::MutableParameters parameters(const Row& row, Values& values);

poolnorm::PoolDesc pool_desc(const Row& row);
poolnorm::BatchNormDesc norm_desc(const Row& row, const NormParameters& parameters);

poolnorm::RunContext context(const Row& row);
poolnorm::PlanOptions options(const Row& row);

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
    const poolnorm::TensorDesc expected = tensor(row, output_sizes(row.layer));
    for (int i = 0; i < expected.rank; ++i)
      if (plan_.dst().dims[i] != expected.dims[i]) throw std::runtime_error("the plan's output has other sizes");
  }

  template <class... Data>
  void run(const Data&... data) const {
    check(plan_.run(data..., context_));
  }
  // The steps of a batch in parts.
  template <class... Data>
  void partial(const Data&... data) const {
    check(plan_.partial(data..., context_));
  }
  template <class... Data>
  void apply(const Data&... data) const {
    check(plan_.apply(data..., context_));
  }
  template <class... Data>
  void finalise(const Data&... data) const {
    check(plan_.finalise(data...));
  }

 private:
  poolnorm::RunContext context_;
  Plan plan_;
  std::vector<std::byte> workspace_;
};

}  // namespace bench
