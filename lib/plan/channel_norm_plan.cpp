#include "plan/channel_norm_plan.hpp"

#include "dispatch/choose.hpp"
#include "dispatch/moments_kernels.hpp"
#include "dispatch/training_kernels.hpp"
#include "plan/activation.hpp"
#include "plan/checked.hpp"
#include "plan/fold.hpp"
#include "plan/grain.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"
#include "plan/walk.hpp"

namespace poolnorm {
namespace {

Status check_tensors(const TensorDesc& src, const TensorDesc& dst, const TensorDesc& residual,
                     ChannelNormPlanData& p) noexcept {
  Status s;
  if (!(s = check_float_tensor("src", src, 2))) return s;
  p.src = src;
  p.data.type = src.type;
  p.dst = dst.rank == 0 ? src : dst;
  if (!(s = check_float_tensor("dst", p.dst, 2)) || !(s = check_like_src("dst", p.dst, src))) return s;
  if (!(s = check_no_overlap("dst", p.dst))) return s;
  p.has_residual = residual.rank != 0;
  if (p.has_residual) {
    p.residual = residual;
    if (!(s = check_float_tensor("residual", residual, 2))) return s;
    if (!(s = check_like_src("residual", residual, src))) return s;
  }
  p.empty = src.dims[0] == 0 || src.dims[1] == 0;
  return {};
}

Status find_layout(ChannelNormPlanData& p) noexcept {
  if (p.channels == 1) return {};
  const bool back = p.gradients != nullptr;
  const WalkedTensor tensors[] = {{"src", &p.src},
                                  {back ? "grad_src" : "dst", &p.dst},
                                  {back ? "grad_dst" : "residual", &p.residual},
                                  {"grad_residual", &p.gate}};
  Walk walk;
  const Status s = choose_walk(tensors, p.rows_only, walk);
  p.channels_last = s && walk == Walk::channels_last;
  // A mask's bits lie as src's elements do, so that forward and backward agree whatever their other tensors are.
  if (p.has_mask && unit(p.src, 1) && !p.channels_last) {
    return unsupported("%s.strides[1] must be 1, as src's is, where there is a mask", odd_along(1, tensors, 4));
  }
  return s;
}

// Dims of one element have no steps, whatever their strides say.
SequenceAxis axis_of(const ChannelNormPlanData& p, int axis) noexcept {
  SequenceAxis a;
  a.count = p.src.dims[axis];
  if (a.count == 1) return a;
  a.step[slot_src] = p.src.strides[axis];
  a.step[slot_residual] = p.has_residual ? p.residual.strides[axis] : 0;
  a.step[slot_dst] = p.dst.strides[axis];
  a.step[slot_gate] = p.has_gate ? p.gate.strides[axis] : 0;
  return a;
}

// What statistics read.
void append_read(const ChannelNormPlanData& p, const SequenceAxis& axis, Sequence& sequence) noexcept {
  SequenceAxis a;
  a.count = axis.count;
  a.step[slot_src] = axis.step[slot_src];
  if (p.gradients != nullptr) a.step[slot_residual] = axis.step[p.behind_mask];
  sequence.append(a);
}

// Bits from a byte's begin to the next byte's.
std::int64_t whole_bytes(std::int64_t bits) noexcept { return ceil_div(bits, 8) * 8; }

void find_sequences(ChannelNormPlanData& p, bool batch) noexcept {
  for (int i = 2; i < p.src.rank; ++i) p.spatial *= p.src.dims[i];
  p.sets = batch ? 1 : p.src.dims[0];
  p.images = batch ? p.src.dims[0] : 1;
  p.image = axis_of(p, 0);
  p.image.count = p.images;
  p.channel = axis_of(p, 1);
  if (p.has_mask) {
    const std::int64_t plane = p.channels_last ? p.spatial * p.channels : whole_bytes(p.spatial);
    p.image.step[slot_mask] = p.channels_last ? whole_bytes(plane) : plane * p.channels;
    p.channel.step[slot_mask] = p.channels_last ? 1 : plane;
  }
  append_read(p, p.image, p.population.sequence);
  if (p.channels_last) p.pixels.append(p.image);
  std::int64_t inside = p.spatial;
  for (int i = 2; i < p.src.rank; ++i) {
    SequenceAxis axis = axis_of(p, i);
    inside /= axis.count;
    if (p.has_mask) axis.step[slot_mask] = p.channels_last ? inside * p.channels : inside;
    append_read(p, axis, p.population.sequence);
    p.pixels.append(axis);
  }
  p.pixels.close(!p.channels_last);
  p.population.packed = !p.channels_last && p.pixels.single();
  p.population.segment_step = p.image.step[slot_src];
  p.population.gradient_step = p.image.step[p.behind_mask];
  p.population.sequence.close(!p.channels_last);
  p.population.segment = p.spatial;
  p.population.segments = p.images;
  p.population.per_leaf = batch ? images_per_leaf(p.spatial) : 1;
}

Status plan_common(const TensorDesc& src, const TensorDesc& dst, const TensorDesc& residual, float epsilon, bool batch,
                   const PlanOptions& options, ChannelNormPlanData& p) noexcept {
  Status s;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, p.isa))) return s;
  if (!(s = check_tensors(src, dst, residual, p))) return s;
  if (!(s = check_epsilon("", epsilon))) return s;
  p.epsilon = static_cast<double>(epsilon);
  p.channels = src.dims[1];
  p.moments = moments_kernels(p.isa, src.type);
  p.kernels = training_kernels(p.isa, src.type);
  if (p.moments == nullptr) return no_kernels_for(src);
  if (p.empty) return {};
  return find_walk(batch, options, p);
}

}  // namespace

Status find_walk(bool batch, const PlanOptions& options, ChannelNormPlanData& p) noexcept {
  if (const Status s = find_layout(p); !s) return s;
  find_sequences(p, batch);
  p.args.channel_per_element = p.channels_last;
  const std::int64_t bytes = p.src.elements() * p.data.bytes();
  const std::int64_t run = p.channels_last ? p.channels * p.pixels.inner().count : p.pixels.inner().count;
  p.stream = p.data.streams() && run >= min_streamed_run && streams(options.store, bytes);
  p.bytes = (Checked(bytes) * (p.has_residual ? 4 : 3)).value();
  return {};
}

Status plan_channel_norm(const BatchNormTrainingDesc& d, const PlanOptions& options, ChannelNormPlanData& p) noexcept {
  Status s;
  if (!(s = check_activation("", d.activation))) return s;
  if (!(d.momentum >= 0 && d.momentum <= 1)) {
    return invalid("momentum is %s, must be 0 to 1", Number(d.momentum).text);
  }
  if (d.mask && d.activation.kind != ActivationKind::relu) {
    return invalid("mask is true and activation.kind is %d, must be relu", static_cast<int>(d.activation.kind));
  }
  p.has_mask = d.mask;
  p.momentum = static_cast<double>(d.momentum);
  p.cumulative = d.cumulative;
  p.unbiased = d.unbiased_variance;
  if (!(s = plan_common(d.src, d.dst, d.residual, d.epsilon, true, options, p))) return s;
  set_activation(d.activation, p.args);
  return {};
}

Status plan_groups(std::int64_t groups, const WalkedTensor* tensors, int count, ChannelNormPlanData& p) noexcept {
  if (groups < 1) return invalid("groups is %lld, must be >= 1", static_cast<long long>(groups));
  if (p.channels % groups != 0) {
    return invalid("groups is %lld, must divide C = %lld", static_cast<long long>(groups), static_cast<long long>(p.channels));
  }
  if (p.empty) return {};
  p.group = p.channels / groups;
  if (p.group > 1 && p.spatial == 1 && !p.channels_last) {
    return unsupported("%s.strides[1] must be 1 where groups of channels have no spatial elements",
                       odd_along(1, tensors, count));
  }
  return {};
}

Status plan_channel_norm(const GroupNormDesc& d, const PlanOptions& options, ChannelNormPlanData& p) noexcept {
  if (const Status s = plan_common(d.src, d.dst, {}, d.epsilon, false, options, p); !s) return s;
  const WalkedTensor tensors[] = {{"src", &p.src}, {"dst", &p.dst}};
  return plan_groups(d.groups, tensors, 2, p);
}

}  // namespace poolnorm
