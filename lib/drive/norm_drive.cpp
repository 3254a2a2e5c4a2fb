#include "drive/norm_drive.hpp"

#include <algorithm>

#include "drive/view.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/checked.hpp"
#include "plan/parameters.hpp"

namespace poolnorm {
namespace {

struct Run {
  const NormPlanData& plan;
  const void* src;
  const void* scale;
  const void* residual;
  void* dst;
};

// Arguments whose pointers stand at the beginning of the tensors.
AffineArgs first_args(const Run& run) noexcept {
  AffineArgs a = run.plan.map.args(0);
  a.channel_per_element = run.plan.channel_per_element;
  a.residual_broadcast = run.plan.residual_broadcast;
  if (run.plan.excites) a.scale = run.scale;
  a.src = run.src;
  a.residual = run.residual;
  a.dst = run.dst;
  a.stream = run.plan.stream && run.src != run.dst && run.residual != run.dst;
  for (AffineLoop& loop : a.loops) loop = {1, 0, 0, 0, 0};
  return a;
}

// Moves the arguments `by` steps along an axis.
void advance(AffineArgs& a, ElementType type, const AffineLoop& axis, std::int64_t by) noexcept {
  const std::int64_t element = by * size_of(type), parameter = by * axis.channel * size_of(parameter_type(type));
  a.src = moved(a.src, element * axis.src);
  if (a.residual != nullptr) a.residual = moved(a.residual, element * axis.residual);
  a.dst = moved(a.dst, element * axis.dst);
  a.mean = moved(a.mean, parameter);
  a.scale = moved(a.scale, parameter);
  a.shift = moved(a.shift, parameter);
}

void run_task(const Run& run, std::int64_t task) noexcept {
  const NormPlanData& p = run.plan;
  AffineArgs a = first_args(run);
  a.width = p.width;
  AffineLoop run_axis{p.width, 1, a.residual_broadcast ? 0 : 1, 1, a.channel_per_element ? 1 : 0};
  const AffineLoop& split = p.split < p.axis_count ? p.axes[p.split] : run_axis;
  const std::int64_t parts = ceil_div(split.count, p.part);
  const std::int64_t from = task % parts * p.part, steps = std::min(p.part, split.count - from);
  task /= parts;
  advance(a, p.src.type, split, from);
  for (int i = p.split - 1; i >= 0; --i) {
    advance(a, p.src.type, p.axes[i], task % p.axes[i].count);
    task /= p.axes[i].count;
  }
  if (p.split == p.axis_count) {
    a.width = steps;
  } else {
    AffineLoop* loop = a.loops + (3 - (p.axis_count - p.split));
    for (int i = p.split; i < p.axis_count; ++i) *loop++ = p.axes[i];
    a.loops[3 - (p.axis_count - p.split)].count = steps;
  }
  p.kernels->affine(a);
}

// The pixels that do not fill a run.
void run_tail(const Run& run) noexcept {
  AffineArgs a = first_args(run);
  AffineLoop pixels = run.plan.axes[0];
  pixels.channel = 0;
  advance(a, run.plan.src.type, pixels, pixels.count);
  a.width = run.plan.tail;
  run.plan.kernels->affine(a);
}

void run_tasks_of(void* context, std::int64_t begin, std::int64_t end, int) {
  const Run& run = *static_cast<const Run*>(context);
  for (std::int64_t t = begin; t < end; ++t) run_task(run, t);
  if (end == run.plan.tasks && run.plan.tail > 0) run_tail(run);
}

}  // namespace

void drive_norm(const NormPlanData& plan, const void* src, const void* scale, const void* residual, void* dst,
                const Executor& executor) noexcept {
  Run run{plan, src, scale, residual, dst};
  // Poolings take twice as long a byte.
  run_tasks(executor, plan.tasks, plan.bytes / 2, run_tasks_of, &run);
}

}  // namespace poolnorm
