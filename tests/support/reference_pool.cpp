#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "element.hpp"
#include "reference.hpp"

namespace poolnorm::tests::reference {
namespace {

// One window of one plane: the taps in it, whether inside the input or not.
template <class T>
struct WindowView {
  const Geometry& g;
  const T* plane;
  std::int64_t od, oh, ow;

  std::int64_t columns() const { return g.w.taps(ow); }

  // Calls f(x) for the taps of column `j` that lie inside the input, d then h ascending.
  template <class F>
  void column(std::int64_t j, F f) const {
    const std::int64_t w = g.w.position(ow, j);
    if (!g.w.inside(w)) return;
    for (std::int64_t i = 0; i < g.d.taps(od); ++i)
      for (std::int64_t k = 0; k < g.h.taps(oh); ++k) {
        const std::int64_t d = g.d.position(od, i), h = g.h.position(oh, k);
        if (g.d.inside(d) && g.h.inside(h)) f(plane[(d * g.h.in + h) * g.w.in + w]);
      }
  }
  template <class F>
  void taps(F f) const {
    for (std::int64_t j = 0; j < columns(); ++j) column(j, f);
  }
};

template <class Values, class F>
void for_each_window(const Geometry& g, const Values& src, F f) {
  const std::int64_t planes = src.dims[0] * src.dims[1], plane_size = g.d.in * g.h.in * g.w.in;
  std::int64_t index = 0;
  for (std::int64_t p = 0; p < planes; ++p)
    for (std::int64_t d = 0; d < g.d.out; ++d)
      for (std::int64_t h = 0; h < g.h.out; ++h)
        for (std::int64_t w = 0; w < g.w.out; ++w)
          f(index++, WindowView<typename decltype(src.values)::value_type>{g, src.values.data() + p * plane_size, d, h, w});
}

template <class T, class Better>
T extremum(const WindowView<T>& v, T start, Better better) {
  T best = start;
  v.taps([&](T x) {
    if (std::isnan(x) || (!std::isnan(best) && better(x, best))) best = x;
  });
  return best;
}

// term(x) of every tap.
template <class T, class Term>
T narrow_sum(const WindowView<T>& v, Term term) {
  T sum = T(-0.0);
  for (std::int64_t j = 0; j < v.columns(); ++j) {
    T column = T(-0.0);
    v.column(j, [&](T x) { column += term(x); });
    sum += column;
  }
  return sum;
}

// Terms are added up in Run, eight of a column at a time, and those sums in f64.
template <class Run, class T, class Term>
double wide_sum(const WindowView<T>& v, Term term) {
  double lane[8] = {-0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0};
  const std::int64_t longest = std::is_same_v<Run, float> ? 8 : 1;
  for (std::int64_t j = 0; j < v.columns(); ++j) {
    std::vector<Run> terms;
    v.column(j, [&](T x) { terms.push_back(term(static_cast<Run>(x))); });
    double column = -0.0;
    const auto taps = static_cast<std::int64_t>(terms.size());
    for (std::int64_t from = 0; from < taps; from += longest) {
      Run run = Run(-0.0);
      for (std::int64_t i = from; i < std::min(from + longest, taps); ++i) run += terms[static_cast<std::size_t>(i)];
      column += static_cast<double>(run);
    }
    lane[j % 8] += column;
  }
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

template <class T>
std::int64_t divisor(const PoolDesc& desc, const WindowView<T>& v) {
  const Geometry& g = v.g;
  switch (desc.divisor) {
    case Divisor::padded:
      return g.d.taps_within(v.od, -g.d.pad_begin, g.d.in + g.d.pad_end) *
             g.h.taps_within(v.oh, -g.h.pad_begin, g.h.in + g.h.pad_end) *
             g.w.taps_within(v.ow, -g.w.pad_begin, g.w.in + g.w.pad_end);
    case Divisor::valid:
      return g.d.taps_within(v.od, 0, g.d.in) * g.h.taps_within(v.oh, 0, g.h.in) * g.w.taps_within(v.ow, 0, g.w.in);
    case Divisor::full_kernel: return g.d.taps(v.od) * g.h.taps(v.oh) * g.w.taps(v.ow);
    case Divisor::fixed: return desc.divisor_override;
  }
  return 0;
}

template <class T>
bool is_narrow(const WindowView<T>& v) {
  return v.g.d.kernel * v.g.h.kernel * v.g.w.kernel <= 64;
}

template <class T>
T average(const PoolDesc& desc, const WindowView<T>& v) {
  const auto n = static_cast<double>(divisor(desc, v));
  const auto itself = [](auto x) { return x; };
  const double sum = is_narrow(v) ? static_cast<double>(narrow_sum(v, itself)) : wide_sum<T>(v, itself);
  return std::is_same_v<T, double> ? static_cast<T>(sum / n) : static_cast<T>(sum * (1.0 / n));
}

bool other_power(double p) { return p != 1 && p != 2 && !std::isinf(p); }

template <class T>
long double power_mean(const PoolDesc& desc, const WindowView<T>& v) {
  const long double p = desc.p;
  long double sum = 0;
  v.taps([&](T x) { sum += std::pow(std::fabs(static_cast<long double>(x)), p); });
  return std::pow(sum, 1 / p);
}

template <class T>
T lp(const PoolDesc& desc, const WindowView<T>& v) {
  if (other_power(desc.p)) return static_cast<T>(power_mean(desc, v));  // near the library's, no more
  if (std::isinf(desc.p)) {
    T most = 0;
    v.taps([&](T x) { most = std::isnan(most) || std::fabs(x) <= most ? most : std::fabs(x); });
    return most;
  }
  const auto magnitude = [](auto x) { return std::fabs(x); };
  const auto square = [](auto x) { return x * x; };
  if (desc.p == 1) return is_narrow(v) ? narrow_sum(v, magnitude) : static_cast<T>(wide_sum<T>(v, magnitude));
  return is_narrow(v) ? std::sqrt(narrow_sum(v, square)) : static_cast<T>(std::sqrt(wide_sum<double>(v, square)));
}

template <class T>
T one_output(const PoolDesc& desc, const WindowView<T>& v) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  switch (desc.op) {
    case PoolOp::max: return extremum(v, -inf, [](T x, T best) { return x > best; });
    case PoolOp::min: return extremum(v, inf, [](T x, T best) { return x < best; });
    case PoolOp::average: return average(desc, v);
    case PoolOp::lp: return lp(desc, v);
  }
  return 0;
}

// Of integers: exact.
std::int64_t one_integer(const PoolDesc& desc, const WindowView<float>& v) {
  const bool is_signed = desc.src.type == ElementType::s8;
  const std::int64_t lowest = is_signed ? -128 : 0, highest = lowest + 255;
  std::int64_t least = highest, most = lowest, sum = 0;
  v.taps([&](float x) {
    const auto i = static_cast<std::int64_t>(x);
    least = std::min(least, i);
    most = std::max(most, i);
    sum += i;
  });
  if (desc.op == PoolOp::max) return most;
  if (desc.op == PoolOp::min) return least;
  const std::int64_t n = divisor(desc, v);
  const Quantization &from = desc.src_quantization, &to = desc.dst_quantization;
  if (from.scale != to.scale || from.zero_point != 0 || to.zero_point != 0) {
    v.taps([&](float) { sum -= from.zero_point; });
    const double factor = static_cast<double>(from.scale) / (static_cast<double>(to.scale) * static_cast<double>(n));
    const double product = static_cast<double>(sum) * factor;
    const double near = desc.rounding == Rounding::half_to_even ? std::nearbyint(product) : std::round(product);
    return static_cast<std::int64_t>(
        std::clamp(near + to.zero_point, static_cast<double>(lowest), static_cast<double>(highest)));
  }
  std::int64_t below = sum / n;
  if (sum % n < 0) --below;
  const std::int64_t rest = sum - below * n;  // of n: 2 * rest tells which neighbour is nearer
  bool up = 2 * (rest % n) > n;
  if (2 * rest == n) up = desc.rounding == Rounding::half_to_even ? below % 2 != 0 : sum > 0;
  return std::clamp(below + (up ? 1 : 0), lowest, highest);
}

}  // namespace

Dense pool(const PoolDesc& desc, const Dense& src) {
  const Geometry g = geometry(desc);
  Dense dst(g.output_dims(desc.src));
  const ElementType type = desc.src.type;
  const bool integer = type == ElementType::s8 || type == ElementType::u8;
  for_each_window(g, src, [&](std::int64_t i, const WindowView<float>& v) {
    // A zero result is +0 and a NaN is quiet.
    dst.values[i] = integer ? static_cast<float>(one_integer(desc, v)) : one_output(desc, v) + 0.0f;
    if (type != ElementType::f32) dst.values[i] = static_cast<float>(rounded(type, dst.values[i]));
  });
  return dst;
}

Dense64 pool(const PoolDesc& desc, const Dense64& src) {
  const Geometry g = geometry(desc);
  Dense64 dst{g.output_dims(desc.src), {}};
  for_each_window(g, src, [&](std::int64_t, const WindowView<double>& v) {
    dst.values.push_back(one_output(desc, v) + 0.0);
  });
  return dst;
}

Bounds average_bounds(const PoolDesc& desc, const Dense& src) {
  const Geometry g = geometry(desc);
  constexpr double u = 0x1p-24, half_denormal = 0x1p-150;
  const double depth = static_cast<double>(g.d.kernel * g.h.kernel + g.w.kernel);
  Bounds b;
  for_each_window(g, src, [&](std::int64_t, const WindowView<float>& v) {
    const auto n = static_cast<long double>(divisor(desc, v));
    long double sum = 0, magnitude = 0;
    v.taps([&](float x) {
      sum += x;
      magnitude += std::fabs(x);
    });
    b.exact.push_back(static_cast<double>(sum / n));
    // Seven additions in f32 at most before f64, and the last rounding.
    const double roundings = is_narrow(v) ? depth : std::min(depth, 8.0 + 0x1p-20);
    b.bound.push_back(static_cast<double>(magnitude / n) * roundings * u + half_denormal);
  });
  return b;
}

namespace {

template <class T>
Bounds bounds_of_powers(const PoolDesc& desc, const DenseOf<T>& src) {
  const Geometry g = geometry(desc);
  const double terms = static_cast<double>(g.d.kernel * g.h.kernel + g.w.kernel);
  const double relative = (8 + (8 + terms) / desc.p) * 0x1p-53 + (std::is_same_v<T, float> ? 0x1p-24 : 0);
  Bounds b;
  for_each_window(g, src, [&](std::int64_t, const WindowView<T>& v) {
    b.exact.push_back(static_cast<double>(power_mean(desc, v)));
    b.bound.push_back(b.exact.back() * relative);
  });
  return b;
}

}  // namespace

Bounds power_bounds(const PoolDesc& desc, const Dense64& src) { return bounds_of_powers(desc, src); }

Bounds lp_bounds(const PoolDesc& desc, const Dense& src) {
  if (other_power(desc.p)) return bounds_of_powers(desc, src);
  const Geometry g = geometry(desc);
  const double terms = static_cast<double>(g.d.kernel * g.h.kernel + g.w.kernel);
  const double narrow = std::isinf(desc.p) ? 0 : desc.p == 1 ? terms : terms / 2 + 2;
  const double wide = desc.p == 1 ? 8.0 + 0x1p-20 : 2.0;
  Bounds b;
  for_each_window(g, src, [&](std::int64_t, const WindowView<float>& v) {
    long double sum = 0, most = 0;
    v.taps([&](float x) {
      const long double magnitude = std::fabs(x);
      sum += desc.p == 1 ? magnitude : magnitude * magnitude;
      most = std::max(most, magnitude);
    });
    const long double exact = std::isinf(desc.p) ? most : desc.p == 1 ? sum : std::sqrt(sum);
    b.exact.push_back(static_cast<double>(exact));
    b.bound.push_back(static_cast<double>(exact) * (is_narrow(v) ? narrow : std::min(narrow, wide)) * 0x1p-24);
  });
  return b;
}

}  // namespace poolnorm::tests::reference
