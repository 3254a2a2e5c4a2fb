#include <algorithm>

#include "reference.hpp"

namespace poolnorm::tests::reference {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return -floor_divide(-a, b); }

std::int64_t value(const Spatial& s, int axis, std::int64_t absent) {
  return s.count == 0 ? absent : s.count == 1 ? s.values[0] : s.values[axis];
}

Axis sliding_axis(const PoolDesc& desc, int i) {
  Axis a;
  a.in = desc.src.dims[2 + i];
  a.kernel = value(desc.window.kernel, i, 1);
  a.stride = value(desc.window.stride, i, a.kernel);
  a.dilation = value(desc.window.dilation, i, 1);
  a.pad_begin = value(desc.window.padding, i, 0);
  a.pad_end = value(desc.window.padding_end, i, a.pad_begin);
  const std::int64_t reach = (a.kernel - 1) * a.dilation + 1;
  const std::int64_t room = a.in + a.pad_begin + a.pad_end - reach;
  switch (desc.output_size) {
    case OutputSize::floor:
    case OutputSize::valid: a.out = floor_divide(room, a.stride) + 1; break;
    case OutputSize::ceil:
      a.out = ceil_divide(room, a.stride) + 1;
      if ((a.out - 1) * a.stride >= a.in + a.pad_begin) --a.out;
      break;
    case OutputSize::same_upper:
    case OutputSize::same_lower: {
      a.out = ceil_divide(a.in, a.stride);
      const std::int64_t pad = std::max<std::int64_t>(0, (a.out - 1) * a.stride + reach - a.in);
      a.pad_begin = desc.output_size == OutputSize::same_upper ? pad / 2 : pad - pad / 2;
      a.pad_end = pad - a.pad_begin;
      break;
    }
    case OutputSize::given: a.out = desc.dst.dims[2 + i]; break;
  }
  return a;
}

// Whether the last window's place, and that of the padding behind it, are numbers of 64 bits.
bool in_range(const Axis& a) {
  std::int64_t end;
  return a.adaptive || a.starts != nullptr ||
         !(__builtin_mul_overflow(a.out - 1, a.stride, &end) ||
           __builtin_add_overflow(end, (a.kernel - 1) * a.dilation + 1 + a.pad_begin, &end));
}

Axis adaptive_axis(const PoolDesc& desc, int i) {
  Axis a;
  a.adaptive = true;
  a.in = desc.src.dims[2 + i];
  a.out = desc.kind == PoolKind::global ? 1 : desc.output.count ? value(desc.output, i, 1) : desc.dst.dims[2 + i];
  for (std::int64_t o = 0; o < a.out; ++o) a.kernel = std::max(a.kernel, a.taps(o));
  return a;
}

Axis listed_axis(const PoolDesc& desc, int i) {
  Axis a;
  a.in = desc.src.dims[2 + i];
  a.out = desc.starts[i].count;
  a.kernel = value(desc.window.kernel, i, 1);
  a.starts = desc.starts[i].values;
  return a;
}

// Whether some window has no tap in [begin, end).
bool has_empty_window(const Axis& a, std::int64_t begin, std::int64_t end) {
  for (std::int64_t o = 0; o < a.out; ++o) {
    if (a.taps_within(o, begin, end) == 0) return true;
  }
  return false;
}

bool can_divide(const PoolDesc& desc, const Axis& a) {
  if (desc.op != PoolOp::average) return true;
  if (desc.divisor == Divisor::valid) return !has_empty_window(a, 0, a.in);
  if (desc.divisor == Divisor::padded) return !has_empty_window(a, -a.pad_begin, a.in + a.pad_end);
  return true;
}

}  // namespace

std::int64_t Axis::taps(std::int64_t o) const {
  return adaptive ? ceil_divide((o + 1) * in, out) - o * in / out : kernel;
}

std::int64_t Axis::position(std::int64_t o, std::int64_t tap) const {
  if (starts != nullptr) return starts[o] + tap;
  return adaptive ? o * in / out + tap : o * stride - pad_begin + tap * dilation;
}

std::int64_t Axis::taps_within(std::int64_t o, std::int64_t begin, std::int64_t end) const {
  std::int64_t n = 0;
  for (std::int64_t t = 0; t < taps(o); ++t) n += begin <= position(o, t) && position(o, t) < end;
  return n;
}

Geometry geometry(const PoolDesc& desc) {
  Geometry g;
  Axis* const axes[] = {&g.d, &g.h, &g.w};
  const int spatial = desc.src.rank - 2;
  for (int i = 0; i < spatial; ++i) {
    Axis& a = *axes[3 - spatial + i];
    a = desc.kind == PoolKind::sliding  ? sliding_axis(desc, i)
        : desc.kind == PoolKind::listed ? listed_axis(desc, i)
                                        : adaptive_axis(desc, i);
    g.legal = g.legal && a.out >= 1 && in_range(a) && can_divide(desc, a);
  }
  return g;
}

std::vector<std::int64_t> Geometry::output_dims(const TensorDesc& src) const {
  std::vector<std::int64_t> dims = {src.dims[0], src.dims[1]};
  const std::int64_t out[] = {d.out, h.out, w.out};
  for (int i = src.rank - 2; i > 0; --i) dims.push_back(out[3 - i]);
  return dims;
}

}  // namespace poolnorm::tests::reference
