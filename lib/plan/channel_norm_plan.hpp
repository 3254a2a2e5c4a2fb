// What plans of batch norm in training, group norm and instance norm hold: norms whose statistics are
// those of whole channels. A set is what shares statistics: the batch, or one image.
#pragma once

#include <poolnorm/batch_norm_training.hpp>
#include <poolnorm/group_norm.hpp>

#include "plan/data_type.hpp"
#include "plan/population.hpp"
#include "plan/walk.hpp"

namespace poolnorm {

struct ChannelNormPlanData {
  // For gradients dst is grad_src, residual is grad_dst and gate is grad_residual.
  TensorDesc src, dst, residual, gate;
  DataType data;
  bool has_gate = false;
  bool has_residual = false, has_mask = false, empty = false;
  bool channels_last = false;
  std::int64_t sets = 1, images = 1;  // images of a set
  std::int64_t channels = 1, group = 1;  // channels that share statistics
  std::int64_t spatial = 1;

  // Of chains: channels that a task takes at least, for their pool; whether what goes along with these tensors has
  // channels that are not side by side; and whether a pool makes grad_dst, of whole images, where the gradient behind the
  // mask is kept.
  std::int64_t together = 1;
  bool rows_only = false;
  bool from_pool = false;

  SequenceAxis image, channel;  // steps
  Population population;     // one channel of one set
  Sequence pixels;              // of a set (channels_last), or of a plane, in all tensors

  double epsilon = 0, momentum = 0;
  bool cumulative = false, unbiased = true;
  AffineArgs args = {};  // all but pointers and loops

  // Of gradients alone: whether statistics were the batch's, and which tensor holds the gradient behind the
  // mask.
  bool training = true;
  Slot behind_mask = slot_residual;
  const GradientKernels* gradients = nullptr;

  const MomentsKernels* moments = nullptr;  // or the gradients' sums
  const TrainingKernels* kernels = nullptr;
  Isa isa = Isa::portable;
  bool stream = false;
  std::int64_t bytes = 0;

  std::int64_t groups() const noexcept { return channels / group; }
};

// What all plans of this kind share, once their tensors are checked: layout, axes, tree, store policy.
Status find_walk(bool batch, const PlanOptions& options, ChannelNormPlanData& plan) noexcept;

// How many channels share statistics. `tensors`: what walks.
Status plan_groups(std::int64_t groups, const WalkedTensor* tensors, int count, ChannelNormPlanData& plan) noexcept;

Status plan_channel_norm(const BatchNormTrainingDesc& desc, const PlanOptions& options,
                         ChannelNormPlanData& plan) noexcept;
Status plan_channel_norm(const GroupNormDesc& desc, const PlanOptions& options, ChannelNormPlanData& plan) noexcept;

}  // namespace poolnorm
