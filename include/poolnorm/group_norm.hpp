// Group norm and instance norm: batch norm whose statistics are those of one image and of a group of its
// channels, or of one channel.
//   y = ((x - hi) - lo) * a + beta,  a = gamma / sqrt(variance + epsilon), gamma and beta per channel
// Numerics and promises are those of batch_norm_training.hpp. In the tree of moments.hpp a leaf is one
// channel of one image, and a group's channels merge like leaves; without spatial dims the group's
// channels are one run. So one group is layer norm over C and the spatial dims, and C groups are instance
// norm, bit for bit. Wu, He, "Group Normalization" (2018).
#pragma once

#if defined(POOLNORM_WITHOUT_STATISTICS)
#error "this build of poolnorm has no statistics: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>
#include <poolnorm/batch_norm_training.hpp>

namespace poolnorm {

// Dims N, C and 0 to 3 spatial dims.
struct GroupNormDesc {
  TensorDesc src;
  TensorDesc dst;  // not given: as src
  std::int64_t groups = 1;
  float epsilon = 1e-5f;
};

// Instance norm has one group a channel.
inline GroupNormDesc instance_norm(const TensorDesc& src) noexcept {
  GroupNormDesc d;
  d.src = src;
  d.groups = src.rank >= 2 ? src.dims[1] : 1;
  if (d.groups < 1) d.groups = 1;
  return d;
}

struct GroupNormData {
  ConstElements src = nullptr;
  Elements dst = nullptr;
  Parameters gamma;              // C values; not given: 1
  Parameters beta;               // C values; not given: 0
  MutableParameters saved_mean;  // N * groups values, as are the next two
  MutableParameters saved_mean_low;
  MutableParameters saved_invstd;
};

class POOLNORM_API GroupNormPlan {
 public:
  GroupNormPlan() = default;
  GroupNormPlan(GroupNormPlan&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  GroupNormPlan& operator=(GroupNormPlan&& other) noexcept;
  ~GroupNormPlan();

  // Refuses, with a message: groups below 1 or not a divisor of C; a bad epsilon; C with another stride than 1 where
  // groups of several channels have one pixel; and what NormPlan::make refuses of tensors.
  static Result<GroupNormPlan> make(const GroupNormDesc& desc, const PlanOptions& options = {}) noexcept;

  // dst may be src itself where their strides agree; any other overlap is refused.
  Status run(const GroupNormData& data, const RunContext& context) const noexcept;

  std::size_t workspace_bytes(const Executor& executor) const noexcept;
  std::size_t explain(char* buffer, std::size_t size) const noexcept;

 private:
  struct Data;
  Data* data_ = nullptr;
};

}  // namespace poolnorm
