#include "plan/norm_plan.hpp"

#include <algorithm>

#include "dispatch/choose.hpp"
#include "dispatch/norm_kernels.hpp"
#include "plan/checked.hpp"
#include "plan/fold.hpp"
#include "plan/grain.hpp"
#include "plan/norm_quantization.hpp"
#include "plan/parameters.hpp"
#include "plan/quantization.hpp"
#include "plan/refuse.hpp"
#include "plan/store_policy.hpp"
#include "plan/tensor_check.hpp"
#include "plan/walk.hpp"

namespace poolnorm {
namespace {

// What one task reads: some tens of microseconds of work.
constexpr std::int64_t task_bytes = 128 * 1024;

// The type of src; with quantisations s8 and u8 may meet.
Status check_type(const char* name, const TensorDesc& t, const NormPlanData& p) noexcept {
  if (!quantized(p.src.type) || !quantized(t.type)) return check_same_type(name, t, p.src);
  if (norm_kernels(p.isa, t.type) != nullptr) return {};
  return unsupported("%s.type is %s, which this build has no norms of", name, poolnorm::name(t.type));
}

Status check_tensors(const TensorDesc& src, const TensorDesc& dst, const TensorDesc& residual, NormPlanData& p) noexcept {
  Status s;
  if (!(s = check_tensor("src", src, 2))) return s;
  p.kernels = norm_kernels(p.isa, src.type);
  if (p.kernels == nullptr) {
    return unsupported("src.type is %s, which this build has no norms of", name(src.type));
  }
  p.src = src;
  p.dst = dst.rank == 0 ? src : dst;
  if (!(s = check_tensor("dst", p.dst, 2)) || !(s = check_same_dims("dst", p.dst, src))) return s;
  if (!(s = check_type("dst", p.dst, p))) return s;
  if (!(s = check_no_overlap("dst", p.dst))) return s;
  p.has_residual = residual.rank != 0;
  if (p.has_residual) {
    p.residual = residual;
    if (!(s = check_tensor("residual", residual, 2, true)) || !(s = check_same_dims("residual", residual, src)))
      return s;
    if (!(s = check_type("residual", residual, p))) return s;
  }
  p.empty = src.dims[0] == 0 || src.dims[1] == 0;
  return {};
}

AffineLoop axis_loop(const NormPlanData& p, int axis) noexcept {
  return {p.src.dims[axis], p.src.strides[axis], p.has_residual ? p.residual.strides[axis] : 0, p.dst.strides[axis],
          axis == 1 ? 1 : axis == 0 && p.excites ? p.src.dims[1] : 0};
}

// `outer` continues where `inner` ends, in every tensor.
bool follows(const AffineLoop& outer, const AffineLoop& inner) noexcept {
  return outer.src == inner.src * inner.count && outer.dst == inner.dst * inner.count &&
         outer.residual == inner.residual * inner.count && outer.channel == inner.channel * inner.count;
}

// The tensor as axes around a run: size-1 axes go, and axes that follow each other become one.
Status find_loops(NormPlanData& p) noexcept {
  const int last = p.src.rank - 1;
  Walk walk = Walk::channels_last;
  const Status s = choose_walk({{"src", &p.src}, {"dst", &p.dst}, {"residual", &p.residual, true}}, false, walk);
  if (!s && p.src.dims[1] > 1) return s;
  // One channel whose rows are not contiguous is runs of one element.
  const int run = walk == Walk::channels_last ? 1 : last;
  if (p.src.dims[1] > 1 && run == 1) p.rows = NormRows::all_channels;
  AffineLoop chain[max_rank];
  int n = 0;
  for (int i = 0; i <= last; ++i) {
    if (i == run || p.src.dims[i] == 1) continue;
    const AffineLoop axis = axis_loop(p, i);
    if (n > 0 && follows(chain[n - 1], axis)) {
      chain[n - 1] = {chain[n - 1].count * axis.count, axis.src, axis.residual, axis.dst, axis.channel};
    } else {
      chain[n++] = axis;
    }
  }
  AffineLoop along = axis_loop(p, run);
  // An axis of one element has any stride.
  if (along.count == 1) along.src = along.dst = along.residual = 1;
  p.channel_per_element = p.rows == NormRows::all_channels;
  if (!p.channel_per_element) along.channel = 0;
  if (p.has_residual && p.residual.dims[run] > 1 && p.residual.strides[run] == 0) along.residual = 0;
  while (!p.channel_per_element && n > 0 && follows(chain[n - 1], along)) {
    along.count *= chain[--n].count;
  }
  p.residual_broadcast = p.has_residual && along.residual == 0;
  p.width = along.count;
  std::copy(chain, chain + n, p.axes);
  p.axis_count = n;
  return {};
}

// Short runs over all channels, one behind the other: several pixels become one run.
void join_pixels(NormPlanData& p) noexcept {
  if (p.excites || p.rows != NormRows::all_channels || p.axis_count == 0 || p.residual_broadcast) return;
  AffineLoop& pixels = p.axes[p.axis_count - 1];
  const std::int64_t c = p.width;
  const bool packed = pixels.src == c && pixels.dst == c && (!p.has_residual || pixels.residual == c);
  const std::int64_t repeats = repeats_for(c);
  if (!packed || repeats == 1) return;
  // Pixels left over behind the last whole run are a run of their own, once: there is one axis only.
  if (p.axis_count != 1 || pixels.count < repeats) return;
  p.repeats = repeats;
  p.tail = pixels.count % repeats * c;
  p.width = c * repeats;
  pixels.count /= repeats;
  pixels.src = pixels.dst = p.width;
  pixels.residual = p.has_residual ? p.width : 0;
}

void split_tasks(NormPlanData& p) noexcept {
  const std::int64_t bytes = 2 * size_of(p.src.type);
  std::int64_t inner = (Checked(p.width) * bytes).value();
  p.split = p.axis_count;
  while (p.split > 0 && inner < task_bytes && p.axis_count - p.split < 3) {
    inner = (Checked(inner) * p.axes[--p.split].count).value();
  }
  std::int64_t steps;
  if (p.split == p.axis_count) {
    steps = p.width;
    p.part = std::min(p.width, std::max<std::int64_t>(vector_multiple, task_bytes / bytes / 64 * 64));
  } else {
    steps = p.axes[p.split].count;
    p.part = std::clamp<std::int64_t>(task_bytes / std::max<std::int64_t>(1, inner / steps), 1, steps);
  }
  p.tasks = ceil_div(steps, p.part);
  for (int i = 0; i < p.split; ++i) p.tasks *= p.axes[i].count;
}

// Whether runs write whole cache lines, but for their ends.
bool lines_fill(const NormPlanData& p) noexcept {
  if (p.width >= min_streamed_run) return true;
  return p.axis_count > 0 && p.width % vector_multiple == 0 && p.axes[p.axis_count - 1].dst == p.width;
}

// Everything but the parameters' values.
Status plan_common(const TensorDesc& src, const TensorDesc& dst, const TensorDesc& residual, const Activation& act,
                   const PlanOptions& options, NormPlanData& p) noexcept {
  Status s;
  if (!(s = check_store_policy(options.store))) return s;
  if (!(s = choose_isa(options.isa, p.isa))) return s;
  if (!(s = check_activation("", act))) return s;
  if (!(s = check_tensors(src, dst, residual, p))) return s;
  if (p.empty) return {};
  if (!(s = find_loops(p))) return s;
  join_pixels(p);
  split_tasks(p);
  const std::int64_t bytes = p.src.elements() * size_of(p.src.type);
  // Vectors that are less than one in memory are not streamed.
  p.stream = size_of(p.src.type) >= 4 && lines_fill(p) && streams(options.store, bytes);
  p.bytes = (Checked(bytes) * (p.has_residual ? 3 : 2)).value();
  return {};
}

template <class Desc>
Status plan_affine(const Desc& d, bool batch_norm, const PlanOptions& options, NormPlanData& p) noexcept {
  const Affine affine = affine_of(d);
  const NormQuantization q = quantization_of(d);
  const std::int64_t channels = d.src.dims[1];
  Status s;
  if (!(s = plan_common(d.src, d.dst, d.residual, d.activation, options, p))) return s;
  if (!(s = check_norm_quantization(q, p.src, p.dst, p.residual))) return s;
  const auto check = batch_norm ? check_batch_norm : check_scale_shift;
  if (!(s = check("", affine, channels, parameter_type(d.src.type)))) return s;
  if (p.empty) return {};
  return p.map.make(affine, d.activation, channels, p.repeats, p.src, p.dst, p.residual, q);
}

}  // namespace

Status plan_norm(const BatchNormDesc& d, const PlanOptions& options, NormPlanData& p) noexcept {
  return plan_affine(d, true, options, p);
}

Status plan_norm(const ScaleShiftDesc& d, const PlanOptions& options, NormPlanData& p) noexcept {
  return plan_affine(d, false, options, p);
}

Status plan_norm(const ExciteDesc& d, const PlanOptions& options, NormPlanData& p) noexcept {
  p.excites = true;
  if (quantized(d.src.type)) {
    return unsupported("src.type is %s, excitation works on f32, f16, bf16 and f64", name(d.src.type));
  }
  if (const Status s = plan_common(d.src, d.dst, d.residual, d.activation, options, p); !s) return s;
  if (p.empty) return {};
  return p.map.make_place_holder(p.src.type, d.activation, p.src.dims[0] * p.src.dims[1]) ? Status{} : out_of_memory();
}

}  // namespace poolnorm
