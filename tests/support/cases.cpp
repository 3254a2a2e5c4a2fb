#include "cases.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "compare.hpp"
#include "element.hpp"
#include "executors.hpp"
#include "reference.hpp"
#include "tensor.hpp"
#include "values.hpp"

namespace poolnorm::tests {
namespace {

// Most requests are small; the large ones are above the size from which work is shared out.
struct Scale {
  std::int64_t least_elements, most_elements, most_rows, most_taps;
};
constexpr Scale small_scale = {1, 4000, 11, 60000}, large_scale = {66000, 90000, 80, 1200000};

const Scale& random_scale(int spatial, Random& r) { return spatial > 0 && r.chance(2) ? large_scale : small_scale; }

std::string text_of(const Spatial& s) { return dims_text({s.values, s.values + std::min(s.count, max_spatial_rank)}); }

std::int64_t random_extent(Random& r) {
  if (r.chance(2)) return r.pick<std::int64_t>({257, 520, 1040, 2100});  // several strips of channels, long rows
  if (r.chance(15)) return r.pick<std::int64_t>({1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 97, 127, 128, 129});
  return r.chance(60) ? r.in(1, 9) : r.in(1, 33);
}

struct RandomAxis {
  std::int64_t kernel, stride, dilation, begin, end;
};

// Windows so far apart that at most one meets the input, whose steps times anything exceed 64 bits; or their taps, too.
RandomAxis random_far_axis(Random& r) {
  RandomAxis a;
  if (r.chance(50)) {
    a.kernel = r.in(1, 4);
    a.dilation = r.in(1, 2);
    a.stride = (std::int64_t{1} << r.in(31, 58)) + r.in(-2, 2);
    a.begin = r.in(0, 3) * a.stride + r.in(0, 4);
    a.end = r.in(0, 3) * a.stride + r.in(0, 4);
    return a;
  }
  a.kernel = r.in(1, 3);
  a.dilation = (std::int64_t{1} << r.in(33, 59)) + r.in(-2, 2);
  a.begin = r.in(0, a.kernel - 1) * a.dilation + r.in(0, 4);
  a.end = r.in(0, a.kernel - 1) * a.dilation + r.in(0, 4);
  a.stride = r.in(1, 2) * a.dilation + r.in(-2, 2);
  return a;
}

RandomAxis random_axis(std::int64_t in, bool padded, Random& r) {
  RandomAxis a;
  a.kernel = r.chance(75) ? r.in(1, 4) : r.in(1, 12);
  a.dilation = r.chance(70) ? 1 : r.in(2, 4);
  const std::int64_t reach = (a.kernel - 1) * a.dilation + 1;
  a.stride = r.chance(85) ? r.in(1, 3) : r.in(1, reach + 3);
  const std::int64_t most = !padded ? 0 : r.chance(80) ? reach / 2 : reach + 3;
  a.begin = r.in(0, most);
  a.end = r.chance(50) ? a.begin : r.in(0, most);
  // Mostly a window that fits, so that few cases are refused.
  if (in + a.begin + a.end < reach && r.chance(80)) a.kernel = 1;
  return a;
}

void random_window(PoolDesc& desc, Random& r) {
  const bool padded = desc.output_size != OutputSize::valid && desc.output_size != OutputSize::same_upper &&
                      desc.output_size != OutputSize::same_lower && r.chance(65);
  const int spatial = desc.src.rank - 2;
  Window& w = desc.window;
  const int far_axis = padded && r.chance(8) ? static_cast<int>(r.in(0, spatial - 1)) : -1;
  for (Spatial* s : {&w.kernel, &w.stride, &w.padding, &w.padding_end, &w.dilation}) s->count = spatial;
  for (int i = 0; i < spatial; ++i) {
    const RandomAxis a = i == far_axis ? random_far_axis(r) : random_axis(desc.src.dims[2 + i], padded, r);
    w.kernel.values[i] = a.kernel;
    w.stride.values[i] = a.stride;
    w.dilation.values[i] = a.dilation;
    w.padding.values[i] = a.begin;
    w.padding_end.values[i] = a.end;
  }
  if (far_axis >= 0) return;
  if (r.chance(15)) w.stride = {};
  if (r.chance(15)) w.padding_end = {};
  if (r.chance(10)) w.kernel = Spatial(r.in(1, 4));
}

// For `given`, the output that floor would have, a little more or less, much less, or windows beyond the input alone.
void random_given_output(PoolDesc& desc, Layout layout, Random& r) {
  PoolDesc as_floor = desc;
  as_floor.output_size = OutputSize::floor;
  std::vector<std::int64_t> dims = reference::geometry(as_floor).output_dims(desc.src);
  for (std::size_t i = 2; i < dims.size(); ++i) {
    const std::int64_t floor = std::max<std::int64_t>(1, dims[i]);
    dims[i] = r.chance(20)   ? r.in(1, floor)
              : r.chance(10) ? floor + r.in(2, 9)
                             : std::max<std::int64_t>(1, floor + r.in(-2, 1));
  }
  desc.dst = random_strides(layout, dims, r);
}

std::vector<std::int64_t> random_dims(int spatial, const Scale& scale, Random& r) {
  for (;;) {
    std::vector<std::int64_t> dims = {r.in(1, 3), random_extent(r)};
    for (int i = 0; i < spatial; ++i) {
      std::int64_t extent = i == spatial - 1 ? random_extent(r) : r.in(1, scale.most_rows);
      if (spatial < 2 && &scale == &large_scale) extent *= scale.most_rows;
      dims.push_back(extent);
    }
    if (scale.least_elements <= product(dims) && product(dims) <= scale.most_elements) return dims;
  }
}

// Now and then without images, or without channels: no elements at all.
std::vector<std::int64_t> maybe_empty(std::vector<std::int64_t> dims, Random& r) {
  if (r.chance(2)) dims[static_cast<std::size_t>(r.in(0, 1))] = 0;
  return dims;
}

bool fits(const PoolDesc& desc, const Scale& scale) {
  const reference::Geometry g = reference::geometry(desc);
  if (!g.legal) return true;
  const std::int64_t outputs = product(g.output_dims(desc.src));
  return outputs <= 2 * scale.most_elements && outputs * g.d.kernel * g.h.kernel * g.w.kernel <= scale.most_taps;
}

// Starts of windows. Descriptors point to them: the last ones stay.
const std::vector<std::int64_t>& random_starts(std::int64_t in, std::int64_t kernel, Random& r) {
  static std::vector<std::int64_t> kept[256];
  static std::size_t next = 0;
  std::vector<std::int64_t>& starts = kept[next++ % std::size(kept)];
  starts.resize(static_cast<std::size_t>(r.in(1, r.chance(80) ? std::max<std::int64_t>(1, in / 2) : in + 3)));
  for (std::int64_t& start : starts) start = r.in(0, in - kernel);
  std::sort(starts.begin(), starts.end());
  return starts;
}

void list_windows(PoolDesc& desc, Random& r) {
  desc.window.kernel.count = desc.src.rank - 2;
  for (int i = 0; i < desc.src.rank - 2; ++i) {
    const std::int64_t in = desc.src.dims[2 + i], kernel = r.in(1, std::min<std::int64_t>(in, r.chance(80) ? 4 : 12));
    desc.window.kernel.values[i] = kernel;
    const std::vector<std::int64_t>& starts = random_starts(in, kernel, r);
    desc.starts[i] = {starts.data(), static_cast<std::int64_t>(starts.size())};
  }
}

PoolDesc any_pool_of(const TensorDesc& src, Layout layout, Random& r) {
  PoolDesc desc;
  const int spatial = src.rank - 2;
  desc.src = src;
  desc.op = r.pick({PoolOp::max, PoolOp::min, PoolOp::average, PoolOp::average, PoolOp::lp});
  if (desc.op == PoolOp::lp) desc.p = r.pick(powers);
  desc.kind = r.pick({PoolKind::sliding, PoolKind::sliding, PoolKind::sliding, PoolKind::sliding, PoolKind::adaptive,
                      PoolKind::global, PoolKind::listed});
  if (desc.kind == PoolKind::adaptive) {
    desc.output.count = spatial;
    for (int i = 0; i < spatial; ++i) desc.output.values[i] = r.in(1, src.dims[2 + i] + (r.chance(80) ? 0 : 4));
  }
  if (desc.kind == PoolKind::listed) list_windows(desc, r);
  if (desc.op == PoolOp::average) {
    desc.divisor = r.pick({Divisor::padded, Divisor::padded, Divisor::valid, Divisor::full_kernel, Divisor::fixed});
    // Twice that fits 64 bits.
    if (desc.divisor == Divisor::fixed) desc.divisor_override = r.chance(80) ? r.in(1, 20) : (r.in(1, 5) << r.in(15, 58)) + r.in(-1, 1);
  }
  if (desc.kind != PoolKind::sliding) return desc;
  desc.output_size = r.pick({OutputSize::floor, OutputSize::floor, OutputSize::ceil, OutputSize::ceil,
                             OutputSize::valid, OutputSize::same_upper, OutputSize::same_lower, OutputSize::given});
  random_window(desc, r);
  if (desc.output_size == OutputSize::given) random_given_output(desc, layout, r);
  return desc;
}

}  // namespace

Quantization random_quantization(ElementType type, Random& r) {
  const std::int32_t lowest = type == ElementType::s8 ? -128 : 0;
  return {r.pick({1.0f, 0.5f, 0.25f, r.uniform(0.01f, 3), r.uniform(0.01f, 3)}),
          static_cast<std::int32_t>(lowest + (r.chance(30) ? -lowest : r.in(0, 255)))};
}

Activation random_activation(Random& r) {
  return r.pick({Activation{}, Activation{}, relu(), relu(), relu6(), clamp(r.uniform(-2, 0), r.uniform(0, 2)),
                 leaky_relu(), leaky_relu(r.uniform(-1, 2)), hard_swish(), hard_sigmoid()});
}

std::vector<std::int64_t> random_dims(int spatial, Random& r) { return random_dims(spatial, random_scale(spatial, r), r); }

std::string text_of(const TensorDesc& t) {
  return t.rank == 0 ? "none" : std::string(name(t.type)) + dims_text(dims_of(t)) + " strides " + dims_text({t.strides, t.strides + t.rank});
}

std::string text_of(const PoolDesc& d) {
  std::ostringstream s;
  s << "op " << static_cast<int>(d.op) << " p " << d.p << " kind " << static_cast<int>(d.kind) << " src "
    << text_of(d.src) << " dst " << text_of(d.dst) << " kernel " << text_of(d.window.kernel) << " stride "
    << text_of(d.window.stride) << " padding " << text_of(d.window.padding) << " padding_end "
    << text_of(d.window.padding_end) << " dilation " << text_of(d.window.dilation) << " output " << text_of(d.output)
    << " output_size " << static_cast<int>(d.output_size) << " rounding " << static_cast<int>(d.rounding) << " divisor "
    << static_cast<int>(d.divisor) << " divisor_override " << d.divisor_override << " src_quantization "
    << d.src_quantization.scale << ' ' << d.src_quantization.zero_point << " dst_quantization "
    << d.dst_quantization.scale << ' ' << d.dst_quantization.zero_point;
  for (const Starts& starts : d.starts) {
    if (starts.count > 0) s << " starts " << dims_text({starts.values, starts.values + starts.count});
  }
  return s.str();
}

TensorDesc random_strides(Layout layout, const std::vector<std::int64_t>& dims, Random& r) {
  TensorDesc t = packed(layout, dims);
  // Axes from the innermost out; each starts where the previous one ends, or a little later.
  std::vector<int> inner_to_outer;
  if (layout == Layout::nhwc) inner_to_outer.push_back(1);
  for (int i = t.rank - 1; i >= 2; --i) inner_to_outer.push_back(i);
  if (layout == Layout::nchw) inner_to_outer.push_back(1);
  inner_to_outer.push_back(0);
  // Only the innermost axis is bound to a place.
  if (r.chance(15)) std::swap(inner_to_outer[static_cast<std::size_t>(r.in(1, t.rank - 1))], inner_to_outer.back());
  std::int64_t step = 1;
  for (int axis : inner_to_outer) {
    t.strides[axis] = step;
    step = step * t.dims[axis] + (r.chance(50) ? r.in(0, 9) : 0);
  }
  for (int i = 0; i < t.rank; ++i) {
    if (t.dims[i] == 1 && r.chance(20)) t.strides[i] = r.in(-3, 1000000);
  }
  // C = 1 walks along W.
  if (t.dims[1] == 1 && t.rank > 2 && t.dims[t.rank - 1] > 1 && t.strides[t.rank - 1] != 1) return packed(layout, dims);
  return t;
}

TensorDesc random_view(TensorDesc t, Random& r) {
  for (int i = 0; i < t.rank; ++i) {
    if (t.strides[i] > 1 && r.chance(60)) t.strides[i] = r.chance(40) ? 1 : r.in(1, t.strides[i]);
  }
  return t;
}

PoolDesc random_pool(Random& r) {
  const int spatial = static_cast<int>(r.pick({1, 2, 2, 2, 3}));
  const Scale& scale = random_scale(spatial, r);
  for (;;) {
    const Layout layout = r.pick({Layout::nchw, Layout::nhwc});
    const std::vector<std::int64_t> dims = maybe_empty(random_dims(spatial, scale, r), r);
    PoolDesc desc = any_pool_of(r.chance(50) ? packed(layout, dims) : random_strides(layout, dims, r), layout, r);
    if (!fits(desc, scale)) continue;
    const reference::Geometry g = reference::geometry(desc);
    if (g.legal && desc.dst.rank == 0 && r.chance(40)) {
      const bool channels_last = desc.src.dims[1] > 1 && desc.src.strides[1] == 1;
      desc.dst = random_strides(channels_last ? Layout::nhwc : Layout::nchw, g.output_dims(desc.src), r);
    }
    return desc;
  }
}

PoolDesc random_typed_pool(Random& r) {
  PoolDesc desc = random_pool(r);
  const int types = desc.op == PoolOp::lp ? 4 : 6;  // integers last
  if (r.chance(50)) desc.src.type = desc.dst.type = element_types[r.in(0, types - 1)];
  desc.rounding = r.pick({Rounding::half_to_even, Rounding::half_away_from_zero});
  const bool integer = desc.src.type == ElementType::s8 || desc.src.type == ElementType::u8;
  if (desc.op == PoolOp::average && integer && r.chance(60)) {
    desc.src_quantization = random_quantization(desc.src.type, r);
    desc.dst_quantization = random_quantization(desc.src.type, r);
  }
  return desc;
}

PoolDesc random_pool_of(const TensorDesc& src, Layout layout, Random& r) {
  for (;;) {
    PoolDesc desc = any_pool_of(src, layout, r);
    const reference::Geometry g = reference::geometry(desc);
    if (!g.legal || !fits(desc, large_scale)) continue;
    if (desc.dst.rank == 0 && r.chance(40)) desc.dst = random_strides(layout, g.output_dims(src), r);
    return desc;
  }
}

NormCase random_norm(Random& r) {
  NormCase n;
  const int spatial = static_cast<int>(r.in(0, 3));
  const Layout layout = r.pick({Layout::nchw, Layout::nhwc});
  const std::vector<std::int64_t> dims = maybe_empty(random_dims(spatial, random_scale(spatial, r), r), r);
  const auto tensor = [&] { return r.chance(50) ? packed(layout, dims) : random_strides(layout, dims, r); };
  const Layout shape_only = spatial == 0 ? Layout::nchw : layout;
  n.src = spatial == 0 ? packed(shape_only, dims) : tensor();
  if (r.chance(50)) n.dst = spatial == 0 ? n.src : tensor();
  const Values kind = static_cast<Values>(r.in(0, static_cast<int>(Values::count_) - 1));
  n.x = make_values(dims, kind, r);
  if (r.chance(40)) {
    n.residual = spatial == 0 ? n.src : tensor();
    n.r = make_values(dims, kind, r);
  }
  n.explicit_form = r.chance(40);
  const float ranges[4][2] = {{-1, 1}, {0, 4}, {-2, 2}, {-1, 1}};
  for (int i = 0; i < 4; ++i) {
    const bool required = !n.explicit_form && i < 2;
    if (required || r.chance(75)) n.parameters[i] = make_parameter(dims[1], ranges[i][0], ranges[i][1], r);
  }
  if (r.chance(20)) n.epsilon = r.pick({0.0f, 1e-3f, 1.0f});
  n.activation = random_activation(r);
  return n;
}

namespace {

// Digits that f32 has not, the same for equal values.
double widened(float x) { return static_cast<double>(x) * (1 + 0x1.5p-31); }

std::vector<double> widened(const std::vector<float>& values) {
  std::vector<double> wide;
  for (const float x : values) wide.push_back(widened(x));
  return wide;
}

}  // namespace

void NormCase::set_type(ElementType type) {
  for (TensorDesc* t : {&src, &dst, &residual}) {
    if (t->rank != 0) t->type = type;
  }
  if (type == ElementType::f64) {
    for (int i = 0; i < 4; ++i) wide_parameters[i] = widened(parameters[i]);
    wide_x = {x.dims, widened(x.values)};
    wide_r = {r.dims, widened(r.values)};
  } else if (type != ElementType::f32) {
    for (std::vector<float>* values : {&x.values, &r.values}) {
      for (float& v : *values) v = static_cast<float>(rounded(type, static_cast<double>(v)));
    }
  }
}

void NormCase::quantize(ElementType from, ElementType to, Values kind, Random& random) {
  const auto any = [&random](TensorDesc& t, ElementType type) -> Quantization {
    t.type = type;
    return random_quantization(type, random);
  };
  if (dst.rank == 0 && to != from) dst = src;
  src_quantization = any(src, from);
  dst_quantization = any(dst, to);
  rounding = random.pick({Rounding::half_to_even, Rounding::half_away_from_zero});
  x = make_values(src, kind, random);
  if (residual.rank != 0) {
    residual_quantization = any(residual, random.pick({ElementType::s8, ElementType::u8}));
    r = Tensor(residual, make_values(residual, kind, random)).read();  // broadcast: what memory holds
  }
  if (epsilon == 0) epsilon = 1e-5f;  // scales are finite
}

Parameters NormCase::parameter(int i) const {
  return src.type == ElementType::f64 ? Parameters(wide_parameters[i]) : Parameters(parameters[i]);
}

template <class Desc>
void NormCase::set_quantizations(Desc& d) const {
  d.src_quantization = src_quantization;
  d.dst_quantization = dst_quantization;
  d.residual_quantization = residual_quantization;
  d.rounding = rounding;
}

BatchNormDesc NormCase::batch_norm() const {
  BatchNormDesc d;
  d.src = src;
  d.dst = dst;
  d.residual = residual;
  d.mean = parameter(0);
  d.variance = parameter(1);
  d.gamma = parameter(2);
  d.beta = parameter(3);
  d.epsilon = epsilon;
  d.activation = activation;
  set_quantizations(d);
  return d;
}

ScaleShiftDesc NormCase::scale_shift() const {
  ScaleShiftDesc d;
  d.src = src;
  d.dst = dst;
  d.residual = residual;
  d.scale = parameter(0);
  d.shift = parameter(1);
  d.activation = activation;
  set_quantizations(d);
  return d;
}

Dense NormCase::expected() const {
  return explicit_form ? reference::scale_shift(scale_shift(), x, residual_values())
                       : reference::batch_norm(batch_norm(), x, residual_values());
}

Dense NormCase::run(const How& how, Alias alias) const {
  return explicit_form ? run_norm(scale_shift(), x, residual_values(), how, alias)
                       : run_norm(batch_norm(), x, residual_values(), how, alias);
}

std::string NormCase::difference_of_run(const How& how, Alias alias) const {
  if (src.type != ElementType::f64) return difference(run(how, alias), expected());
  const Dense64* const added = residual.rank == 0 ? nullptr : &wide_r;
  return explicit_form ? difference(run_norm(scale_shift(), wide_x, added, how, alias),
                                    reference::scale_shift(scale_shift(), wide_x, added))
                       : difference(run_norm(batch_norm(), wide_x, added, how, alias),
                                    reference::batch_norm(batch_norm(), wide_x, added));
}

std::string NormCase::text() const {
  std::ostringstream s;
  s << (explicit_form ? "scale_shift" : "batch_norm") << ' ' << name(src.type) << " src " << text_of(src) << " dst "
    << text_of(dst) << " residual " << text_of(residual) << " parameters";
  for (const auto& p : parameters) s << ' ' << p.size();
  s << " epsilon " << epsilon << " activation " << static_cast<int>(activation.kind) << " lo " << activation.lo
    << " hi " << activation.hi << " slope " << activation.slope << " rounding " << static_cast<int>(rounding);
  for (const Quantization& q : {src_quantization, dst_quantization, residual_quantization}) {
    s << " quantization " << q.scale << ' ' << q.zero_point;
  }
  return s.str();
}

How random_how(Isa isa, std::int64_t elements, Random& r) {
  How how;
  how.isa = isa;
  how.store = r.pick({StorePolicy::automatic, StorePolicy::cached, StorePolicy::streaming});
  const auto last = static_cast<std::int64_t>(host_executors().size()) - 1;
  const bool large = elements >= large_scale.least_elements;
  if (r.chance(large ? 90 : 30)) how.executor = host_executors()[static_cast<std::size_t>(r.in(0, last))].executor;
  for (Placement* p : {&how.src, &how.dst}) {
    p->edge = r.pick({Placement::begin, Placement::end});
    if (r.chance(25)) p->offset = static_cast<int>(r.in(0, 15));
  }
  return how;
}

}  // namespace poolnorm::tests
