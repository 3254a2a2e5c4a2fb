#include "plan/row_norm_plan.hpp"

#include <algorithm>

#if !defined(POOLNORM_WITHOUT_GRADIENTS)
#include <poolnorm/layer_norm_backward.hpp>
#endif

#include "dispatch/choose.hpp"
#include "dispatch/gradient_kernels.hpp"
#include "dispatch/moments_kernels.hpp"
#include "dispatch/training_kernels.hpp"
#include "plan/checked.hpp"
#include "plan/fold.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {
namespace {

constexpr std::int64_t min_streamed_row = 1024;
constexpr std::int64_t task_bytes = 64 * 1024;

// Axes from `axis` on are one run.
Status check_packed(const char* name, const TensorDesc& t, int axis) noexcept {
  std::int64_t step = 1;
  for (int i = t.rank - 1; i >= axis; --i) {
    if (t.dims[i] > 1 && t.strides[i] != step) {
      return unsupported("%s.strides[%d] is %lld, must be %lld: rows are packed", name, i,
                         static_cast<long long>(t.strides[i]), static_cast<long long>(step));
    }
    step *= t.dims[i];
  }
  return {};
}

Status check_other(const char* name, const TensorDesc& t, const RowNormPlanData& p, int axis) noexcept {
  Status s;
  if (!(s = check_float_tensor(name, t, 2)) || !(s = check_like_src(name, t, p.src))) return s;
  return p.empty ? s : check_packed(name, t, axis);
}

// src, and the axis from which on it is rows.
Status check_rows(const TensorDesc& src, int axis, RowStatistics statistics, RowNormPlanData& p) noexcept {
  Status s;
  if (!(s = check_known("statistics", statistics, RowStatistics::mean_square))) return s;
  p.centred = statistics == RowStatistics::mean_and_variance;
  if (!(s = check_float_tensor("src", src, 2))) return s;
  if (axis < 1 || axis >= src.rank) {
    return invalid("axis is %d, must be >= 1 and < src.rank = %d", axis, src.rank);
  }
  p.src = src;
  p.data.type = src.type;
  p.empty = src.dims[0] == 0 || src.dims[1] == 0;
  return p.empty ? Status{} : check_packed("src", src, axis);
}

Status check_tensors(const LayerNormDesc& d, RowNormPlanData& p) noexcept {
  Status s;
  if (!(s = check_rows(d.src, d.axis, d.statistics, p))) return s;
  p.dst = d.dst.rank == 0 ? d.src : d.dst;
  p.residual = d.residual;
  p.sum = d.sum;
  p.has_residual = d.residual.rank != 0;
  p.has_sum = d.sum.rank != 0;
  if (p.has_sum && !p.has_residual) return invalid("sum is given, but no residual: there is nothing to add");
  if (!(s = check_other("dst", p.dst, p, d.axis)) || !(s = check_no_overlap("dst", p.dst))) return s;
  if (p.has_residual && !(s = check_other("residual", d.residual, p, d.axis))) return s;
  if (p.has_sum && (!(s = check_other("sum", d.sum, p, d.axis)) || !(s = check_no_overlap("sum", d.sum)))) return s;
  return {};
}

#if !defined(POOLNORM_WITHOUT_GRADIENTS)
Status check_tensors(const LayerNormBackwardDesc& d, RowNormPlanData& p) noexcept {
  Status s;
  if (!(s = check_rows(d.src, d.axis, d.statistics, p))) return s;
  p.residual = d.grad_dst.rank == 0 ? d.src : d.grad_dst;
  p.dst = d.grad_src.rank == 0 ? d.src : d.grad_src;
  p.sum = d.grad_sum;
  p.has_residual = true;
  p.has_sum = d.grad_sum.rank != 0;
  if (!(s = check_other("grad_dst", p.residual, p, d.axis))) return s;
  if (p.has_sum && !(s = check_other("grad_sum", p.sum, p, d.axis))) return s;
  if (!(s = check_other("grad_src", p.dst, p, d.axis))) return s;
  return check_no_overlap("grad_src", p.dst);
}
#endif

SequenceAxis axis_of(const RowNormPlanData& p, int axis) noexcept {
  SequenceAxis a;
  a.count = p.src.dims[axis];
  a.step[slot_src] = p.src.strides[axis];
  a.step[slot_dst] = p.dst.strides[axis];
  a.step[slot_residual] = p.has_residual ? p.residual.strides[axis] : 0;
  a.step[slot_mask] = p.has_sum ? p.sum.strides[axis] : 0;
  return a;
}

Status choose(const PlanOptions& options, RowNormPlanData& p) noexcept {
  if (const Status s = check_store_policy(options.store); !s) return s;
  return choose_isa(options.isa, p.isa);
}

Status choose(float epsilon, const PlanOptions& options, RowNormPlanData& p) noexcept {
  Status s;
  if (!(s = choose(options, p)) || !(s = check_epsilon("", epsilon))) return s;
  p.epsilon = static_cast<double>(epsilon);
  return {};
}

Status find_kernels(RowNormPlanData& p) noexcept {
  p.moments = moments_kernels(p.isa, p.data.type);
  p.kernels = training_kernels(p.isa, p.data.type);
  return p.moments == nullptr ? no_kernels_for(p.src) : Status{};
}

// The row itself, and tasks.
void finish(const PlanOptions& options, std::int64_t segments, RowNormPlanData& p) noexcept {
  p.row_sequence.close(false);
  p.rows = p.row_sequence.elements();
  SequenceAxis run;
  run.count = p.width;
  run.step[slot_src] = run.step[slot_residual] = 1;
  p.population.sequence.append(run);
  p.population.sequence.close(true);
  p.population.segments = segments;
  p.population.segment = p.width / segments;
  const std::int64_t bytes = p.src.elements() * p.data.bytes();
  // With a residual and no sum, dst holds the sum first and is read again.
  p.stream = p.data.streams() && p.width >= min_streamed_row && (!p.has_residual || p.has_sum) &&
             streams(options.store, bytes);
  p.bytes = (Checked(bytes) * (p.has_residual ? 3 : 2)).value();
  p.part = std::clamp<std::int64_t>(task_bytes / p.data.bytes() / p.width, 1, p.rows);
  p.tasks = ceil_div(p.rows, p.part);
}

void finish_rows(int axis, const PlanOptions& options, RowNormPlanData& p) noexcept {
  Checked width = 1;  // without images nothing bounds it
  for (int i = axis; i < p.src.rank; ++i) width = width * p.src.dims[i];
  p.width = width.value();
  if (p.empty) {
    p.rows = 0;
    return;
  }
  for (int i = 0; i < axis; ++i) p.row_sequence.append(axis_of(p, i));
  // Rows of C and spatial elements have group norm's leaves: one channel each.
  const bool channels = axis == 1 && p.width > p.src.dims[1];
  finish(options, channels ? p.src.dims[1] : 1, p);
}

}  // namespace

Status plan_row_norm(const LayerNormDesc& d, const PlanOptions& options, RowNormPlanData& p) noexcept {
  Status s;
  if (!(s = choose(d.epsilon, options, p)) || !(s = check_tensors(d, p)) || !(s = find_kernels(p))) return s;
  finish_rows(d.axis, options, p);
  return {};
}

#if !defined(POOLNORM_WITHOUT_GRADIENTS)
Status plan_row_norm(const LayerNormBackwardDesc& d, const PlanOptions& options, RowNormPlanData& p) noexcept {
  Status s;
  if (!(s = choose(options, p)) || !(s = check_tensors(d, p))) return s;
  p.gradients = gradient_kernels(p.isa, p.data.type);
  if (p.gradients == nullptr) return no_kernels_for(p.src);
  finish_rows(d.axis, options, p);
  if (p.empty) return {};
  p.columns.segments = p.rows;
  p.columns.per_leaf = leaf_rows;
  p.stream = p.data.streams() && p.width >= min_streamed_row &&
             streams(options.store, p.src.elements() * p.data.bytes());
  return {};
}
#endif

Status plan_row_norm(const GroupNormDesc& d, const PlanOptions& options, RowNormPlanData& p) noexcept {
  Status s;
  if (!(s = choose(d.epsilon, options, p))) return s;
  p.src = d.src;
  p.data.type = d.src.type;
  if (!(s = find_kernels(p))) return s;
  p.dst = d.dst.rank == 0 ? d.src : d.dst;
  p.width = p.src.dims[1] / d.groups;
  p.parameter_period = d.groups;
  p.row_sequence.append(axis_of(p, 0));
  SequenceAxis group = axis_of(p, 1);
  group.count = d.groups;
  for (std::int64_t& step : group.step) step *= p.width;
  p.row_sequence.append(group);
  finish(options, 1, p);
  return {};
}

}  // namespace poolnorm
