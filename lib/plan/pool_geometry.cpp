#include "plan/pool_geometry.hpp"

#include <algorithm>

#include "plan/refuse.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {
namespace {

using ll = long long;

// One number per spatial dim, from one for all, from `missing` when there is none.
Status spread(const char* field, const Spatial& given, int rank, const Spatial& missing, std::int64_t least,
              std::int64_t (&out)[max_spatial_rank]) noexcept {
  const Spatial& from = given.count == 0 ? missing : given;
  if (from.count != 1 && from.count != rank) {
    return invalid("%s has %d values, src has %d spatial dims", field, from.count, rank);
  }
  for (int i = 0; i < rank; ++i) {
    out[i] = from.values[from.count == 1 ? 0 : i];
    if (out[i] < least) return invalid("%s[%d] is %lld, must be >= %lld", field, i, ll{out[i]}, ll{least});
  }
  return {};
}

bool computes_padding(OutputSize rule) noexcept {
  return rule == OutputSize::valid || rule == OutputSize::same_upper || rule == OutputSize::same_lower;
}

// Pads and output size of one axis. `dst` is 0 when dst is not given.
Status size_axis(Axis& a, int i, OutputSize rule, std::int64_t dst) noexcept {
  const Checked extent = Checked(a.kernel - 1) * a.dilation + 1;
  Checked padded = Checked(a.in) + a.pad_begin + a.pad_end;
  if (!extent.fits()) return invalid("kernel[%d] = %lld and dilation[%d] = %lld span more than 64 bits", i, ll{a.kernel}, i, ll{a.dilation});
  if (!padded.fits() || !(padded + extent + a.stride).fits()) {
    return invalid("kernel[%d] = %lld, stride[%d] = %lld, padding[%d] = %lld, padding_end[%d] = %lld reach beyond 64 bits",
                   i, ll{a.kernel}, i, ll{a.stride}, i, ll{a.pad_begin}, i, ll{a.pad_end});
  }
  switch (rule) {
    case OutputSize::floor:
    case OutputSize::valid:
      a.out = floor_div(padded.value() - extent.value(), a.stride) + 1;
      break;
    case OutputSize::ceil:
      a.out = ceil_div(padded.value() - extent.value(), a.stride) + 1;
      // A last window that begins behind the input and its first padding sees nothing.
      if (a.out > 1 && (a.out - 1) * a.stride >= a.in + a.pad_begin) --a.out;
      break;
    case OutputSize::same_upper:
    case OutputSize::same_lower: {
      a.out = ceil_div(a.in, a.stride);
      const Checked needed = Checked(a.out - 1) * a.stride + extent - a.in;
      if (!needed.fits()) return invalid("stride[%d] is %lld, reaches beyond 64 bits", i, ll{a.stride});
      const std::int64_t total = std::max<std::int64_t>(0, needed.value());
      a.pad_begin = rule == OutputSize::same_upper ? total / 2 : total - total / 2;
      a.pad_end = total - a.pad_begin;
      break;
    }
    case OutputSize::given:
      if (dst == 0) return invalid("dst is not given, OutputSize::given needs its dims");
      a.out = dst;
      break;
  }
  if (a.out < 1) {
    return invalid("output dim %d is %lld: kernel[%d] = %lld does not fit in %lld inputs with padding", i, ll{a.out}, i,
                   ll{a.kernel}, ll{a.in});
  }
  if (!(Checked(a.out - 1) * a.stride + extent + a.pad_begin).fits()) {
    return invalid("dst.dims[%d] = %lld and stride[%d] = %lld reach beyond 64 bits", i + 2, ll{a.out}, i, ll{a.stride});
  }
  return {};
}

Status sliding_axes(const PoolDesc& desc, int rank, Axis* axes) noexcept {
  std::int64_t kernel[3], stride[3], dilation[3], begin[3], end[3];
  if (desc.window.kernel.count == 0) return invalid("kernel is not given");
  const Window& w = desc.window;
  Status s;
  if (!(s = spread("kernel", w.kernel, rank, w.kernel, 1, kernel))) return s;
  if (!(s = spread("stride", w.stride, rank, w.kernel, 1, stride))) return s;
  if (!(s = spread("dilation", w.dilation, rank, 1, 1, dilation))) return s;
  if (!(s = spread("padding", w.padding, rank, 0, 0, begin))) return s;
  if (!(s = spread("padding_end", w.padding_end, rank, w.padding.count == 0 ? Spatial(0) : w.padding, 0, end))) return s;
  for (int i = 0; i < rank; ++i) {
    if (computes_padding(desc.output_size) && (begin[i] != 0 || end[i] != 0)) {
      return invalid("%s[%d] is %lld, must be 0 where the output size rule computes it", begin[i] != 0 ? "padding" : "padding_end", i,
                     ll{begin[i] != 0 ? begin[i] : end[i]});
    }
    Axis& a = axes[i];
    a.kernel = kernel[i];
    a.stride = stride[i];
    a.dilation = a.kernel == 1 ? 1 : dilation[i];  // one tap has any
    a.pad_begin = begin[i];
    a.pad_end = end[i];
    if (!(s = size_axis(a, i, desc.output_size, desc.dst.rank == 0 ? 0 : desc.dst.dims[2 + i]))) return s;
  }
  return {};
}

Status adaptive_axes(const PoolDesc& desc, int rank, Axis* axes) noexcept {
  std::int64_t out[3] = {1, 1, 1};
  Status s;
  if (desc.kind == PoolKind::adaptive) {
    if (desc.output.count == 0 && desc.dst.rank == 0) return invalid("output is not given, nor is dst");
    if (desc.output.count != 0) {
      if (!(s = spread("output", desc.output, rank, 1, 1, out))) return s;
    } else {
      for (int i = 0; i < rank; ++i) out[i] = desc.dst.dims[2 + i];
    }
  }
  for (int i = 0; i < rank; ++i) {
    Axis& a = axes[i];
    a.out = out[i];
    a.adaptive = true;
    if (!((Checked(a.out) + 1) * (a.in % a.out)).fits()) {
      return invalid("output[%d] is %lld, reaches beyond 64 bits", i, ll{a.out});
    }
    a.regularise();
  }
  return {};
}

Status check_starts(const Starts& starts, int i, const Axis& a) noexcept {
  if (starts.values == nullptr || starts.count < 1) return invalid("starts[%d] is not given", i);
  if (a.kernel > a.in) return invalid("kernel[%d] is %lld, src has %lld inputs there", i, ll{a.kernel}, ll{a.in});
  std::int64_t least = 0;
  for (std::int64_t o = 0; o < starts.count; ++o) {
    const std::int64_t start = starts.values[o];
    if (start < least || start > a.in - a.kernel) {
      return invalid("starts[%d][%lld] is %lld, must be %lld to %lld", i, ll{o}, ll{start}, ll{least},
                     ll{a.in - a.kernel});
    }
    least = start;
  }
  return {};
}

Status listed_axes(const PoolDesc& desc, int rank, PoolGeometry& g) noexcept {
  std::int64_t kernel[3];
  if (desc.window.kernel.count == 0) return invalid("kernel is not given");
  Status s;
  if (!(s = spread("kernel", desc.window.kernel, rank, 1, 1, kernel))) return s;
  Axis* const axes = g.axis + (max_spatial_rank - rank);
  Checked all = 0;
  for (int i = 0; i < max_spatial_rank; ++i) {
    if (i >= rank && desc.starts[i].count != 0) return invalid("starts[%d] is given, src has %d spatial dims", i, rank);
    if (i >= rank) continue;
    axes[i].kernel = kernel[i];
    axes[i].adaptive = true;
    if (!(s = check_starts(desc.starts[i], i, axes[i]))) return s;
    axes[i].out = desc.starts[i].count;
    all = all + axes[i].out;
  }
  if (!g.starts.allocate(all.value())) return out_of_memory();
  std::int64_t* at = g.starts.data();
  for (int i = 0; i < rank; ++i) {
    axes[i].starts = at;
    at = std::copy_n(desc.starts[i].values, axes[i].out, at);
  }
  return {};
}

Status check_divisor(const PoolDesc& desc, const PoolGeometry& g, int rank) noexcept {
  if (desc.op != PoolOp::average) return {};
  if (desc.divisor == Divisor::fixed && desc.divisor_override < 1) {
    return invalid("divisor_override is %lld, must be >= 1", ll{desc.divisor_override});
  }
  Checked full = 1;
  for (const Axis& a : g.axis) full = full * (a.adaptive ? a.in : a.kernel);
  if (!full.fits()) return invalid("kernel has more than 2^63 elements");
  if (desc.divisor != Divisor::valid && desc.divisor != Divisor::padded) return {};
  for (int i = 0; i < rank; ++i) {
    const Axis& a = g.axis[max_spatial_rank - rank + i];
    if (a.adaptive) continue;
    const std::int64_t empty = desc.divisor == Divisor::valid ? a.first_blind() : a.first_overhang();
    if (empty == Axis::too_many) {
      return unsupported("padding[%d] is %lld: more than %lld windows begin in it, whose taps may step over all inputs", i,
                         ll{a.pad_begin}, ll{Axis::most_looked_at});
    }
    if (empty < a.out) return invalid("window %lld of spatial dim %d holds nothing to divide by", ll{empty}, i);
  }
  return {};
}

Status check_power(const PoolGeometry& g) noexcept {
  if (g.op != PoolOp::lp) return {};
  if (!(g.p >= 0x1p-10) || (g.raises() && g.p > 0x1p10)) {
    return invalid("p is %s, must be 1/1024 to 1024, or infinity", Number(g.p).text);
  }
  if (g.integers()) return unsupported("src.type is %s, lp pooling is of f32, f16, bf16 and f64", name(g.src.type));
  return {};
}

Status check_quantizations(const PoolGeometry& g) noexcept {
  const Quantization &from = g.src_quantization, &to = g.dst_quantization;
  Status s;
  if (!(s = check_quantization("src_quantization", from, g.src.type))) return s;
  if (!(s = check_quantization("dst_quantization", to, g.src.type))) return s;
  if (!alike(from, to) && !(g.op == PoolOp::average && g.integers())) {
    return unsupported("dst_quantization differs from src_quantization, only averages of s8 and u8 quantise anew");
  }
  return {};
}

TensorDesc packed_like(const TensorDesc& src, const Axis* axes) noexcept {
  std::int64_t dims[max_rank];
  for (int i = 0; i < src.rank; ++i) dims[i] = i < 2 ? src.dims[i] : axes[i - 2].out;
  const Dims d(dims, src.rank);
  return walk_of(src) == Walk::channels_last ? nhwc(d, src.type) : nchw(d, src.type);
}

bool unit_axis(const PoolGeometry& g, int axis) noexcept {
  return (g.axis[axis].in == 1 || g.src_strides[2 + axis] == 1) && (g.axis[axis].out == 1 || g.dst_strides[2 + axis] == 1);
}

// Whether windows along one axis only may be called windows along another: for a sum that is another
// order, which shows when columns are many or the window is long.
bool order_is_free(const PoolGeometry& g) noexcept {
  int axes = 0;
  for (const Axis& a : g.axis) axes += a.nominal() > 1 ? 1 : 0;
  if (g.raises()) return axes <= 1;
  return !g.adds_up() || g.integers() || (axes <= 1 && g.nominal_window() <= short_window);
}

// A W of one element with nothing to do leaves the rows to H, or to D, where those are contiguous.
void drop_trivial_rows(PoolGeometry& g) noexcept {
  if (!order_is_free(g)) return;
  for (int moves = 1; moves < 3; ++moves) {
    if (!g.axis[3 - moves].trivial()) return;
    if (g.axis[2 - moves].trivial() || !unit_axis(g, 2 - moves)) continue;
    for (; moves > 0; --moves) {
      for (int i = 2; i > 0; --i) {
        g.axis[i] = g.axis[i - 1];
        g.src_strides[2 + i] = g.src_strides[1 + i];
        g.dst_strides[2 + i] = g.dst_strides[1 + i];
      }
      g.axis[0] = Axis{};
      g.src_strides[2] = g.dst_strides[2] = 0;
    }
    return;
  }
}

}  // namespace

std::int64_t PoolGeometry::nominal_window() const noexcept {
  return (Checked(d().nominal()) * h().nominal() * w().nominal()).value();
}

std::int64_t PoolGeometry::divide_by(std::int64_t taps_d, std::int64_t taps_h, std::int64_t taps_w) const noexcept {
  return divisor == Divisor::fixed ? divisor_override : taps_d * taps_h * taps_w;
}

Status check_pool(const PoolDesc& desc, PoolGeometry& g) noexcept {
  Status s;
  if (!(s = check_known("op", desc.op, PoolOp::lp))) return s;
  if (!(s = check_known("kind", desc.kind, PoolKind::listed))) return s;
  if (!(s = check_known("output_size", desc.output_size, OutputSize::given))) return s;
  if (!(s = check_known("divisor", desc.divisor, Divisor::fixed))) return s;
  if (!(s = check_rounding(desc.rounding))) return s;
  if (!(s = check_tensor("src", desc.src, 3))) return s;
  if (desc.dst.rank != 0 && !(s = check_tensor("dst", desc.dst, 3))) return s;
  if (desc.dst.rank != 0 && desc.dst.rank != desc.src.rank) {
    return invalid("dst.rank is %d, src has %d", desc.dst.rank, desc.src.rank);
  }
  if (desc.dst.rank != 0 && desc.dst.type != desc.src.type) {
    return invalid("dst.type is %s, src has %s", name(desc.dst.type), name(desc.src.type));
  }
  g.op = desc.op;
  g.p = desc.p;
  const bool divides = desc.op != PoolOp::lp;  // else by 1
  g.divisor = divides ? desc.divisor : Divisor::fixed;
  g.divisor_override = divides ? desc.divisor_override : 1;
  g.rounding = desc.rounding;
  g.src_quantization = desc.src_quantization;
  g.dst_quantization = desc.dst_quantization;
  g.src = desc.src;
  g.n = desc.src.dims[0];
  g.c = desc.src.dims[1];
  g.empty = g.n == 0 || g.c == 0;
  if (!(s = check_power(g)) || !(s = check_quantizations(g))) return s;

  const int rank = desc.src.rank - 2;
  Axis* axes = g.axis + (max_spatial_rank - rank);
  for (int i = 0; i < rank; ++i) axes[i].in = desc.src.dims[2 + i];
  s = desc.kind == PoolKind::sliding  ? sliding_axes(desc, rank, axes)
      : desc.kind == PoolKind::listed ? listed_axes(desc, rank, g)
                                      : adaptive_axes(desc, rank, axes);
  if (!s) return s;

  g.dst = desc.dst.rank != 0 ? desc.dst : packed_like(desc.src, axes);
  for (int i = 0; i < desc.src.rank; ++i) {
    const std::int64_t expected = i < 2 ? desc.src.dims[i] : axes[i - 2].out;
    if (g.dst.dims[i] != expected) {
      return invalid("dst.dims[%d] is %lld, must be %lld", i, ll{g.dst.dims[i]}, ll{expected});
    }
  }
  if (!(s = check_tensor("dst", g.dst, 3)) || !(s = check_no_overlap("dst", g.dst))) return s;
  if (!(s = check_divisor(desc, g, rank))) return s;
  if (g.empty) return {};

  spread_strides(desc.src, g.src_strides);
  spread_strides(g.dst, g.dst_strides);
  return {};
}

Status choose_pool_walk(PoolGeometry& g) noexcept {
  if (const Status s = choose_walk({{"src", &g.src}, {"dst", &g.dst}}, false, g.walk); !s) return s;
  if (g.walk == Walk::channels_first) drop_trivial_rows(g);
  return {};
}

const char* name(const PoolGeometry& g) noexcept {
  switch (g.op) {
    case PoolOp::max: return "max";
    case PoolOp::min: return "min";
    case PoolOp::average: return "average";
    case PoolOp::lp: return g.p == 1 ? "lp1" : g.p == 2 ? "lp2" : g.raises() ? "lp" : "lp_inf";
  }
  return "";
}

bool tabulate(const Axis& axis, Array<TapRange>& taps, std::int64_t more) noexcept {
  if (!taps.allocate(axis.out + more)) return false;
  for (std::int64_t o = 0; o < axis.out; ++o) taps[o] = axis.taps(o);
  return true;
}

}  // namespace poolnorm
