#include "pool_indices.hpp"

#include <cmath>
#include <limits>

#include "check_made.hpp"
#include "compare.hpp"
#include "doctest.hpp"
#include "element.hpp"
#include "index_tensor.hpp"
#include "reference.hpp"
#include "tensor.hpp"
#include "workspace.hpp"

namespace poolnorm::tests {
namespace {

template <class Plan>
const Plan& checked(const Result<Plan>& plan, const How& how) {
  check_made(plan, how);
  return plan.value;
}

TensorDesc indices_of(const MaxIndicesDesc& desc) {
  const Result<MaxIndicesPlan> plan = MaxIndicesPlan::make(desc);
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  return plan.value.indices();
}

bool integers(ElementType type) { return type == ElementType::s8 || type == ElementType::u8; }

template <class D>
using Number = typename decltype(D::values)::value_type;

template <class D>
D zeros(std::vector<std::int64_t> dims) {
  D d;
  d.values.resize(static_cast<std::size_t>(product(dims)));
  d.dims = std::move(dims);
  return d;
}

// Sums in f32 or f64 to what the type holds.
template <class D>
void round_to(ElementType type, D& d) {
  for (auto& x : d.values) x = static_cast<Number<D>>(rounded(type, x));
}

void read(const Tensor& t, Dense& to) { to = t.read(); }
void read(const Tensor& t, Dense64& to) { to = t.read64(); }
template <class D>
D read(const Tensor& t) {
  D d;
  read(t, d);
  return d;
}

// A tensor that holds these values.
struct Filled : Tensor {
  template <class D>
  Filled(const TensorDesc& desc, const D& values, const Placement& placement) : Tensor(desc, placement) {
    write(values);
  }
};

TensorDesc dst_of(const PoolDesc& desc) {
  const Result<TensorDesc> dst = pool_output(desc);
  REQUIRE(dst.ok());
  return dst.value;
}

// Calls f(window number, plane, od, oh, ow).
template <class F>
void for_each_window(const reference::Geometry& g, std::int64_t planes, F f) {
  std::int64_t i = 0;
  for (std::int64_t p = 0; p < planes; ++p)
    for (std::int64_t d = 0; d < g.d.out; ++d)
      for (std::int64_t h = 0; h < g.h.out; ++h)
        for (std::int64_t w = 0; w < g.w.out; ++w) f(i++, p, d, h, w);
}

// Calls f(flat index in the plane, tap number) for the taps of a window inside the input, row-major.
template <class F>
void for_each_tap(const reference::Geometry& g, std::int64_t od, std::int64_t oh, std::int64_t ow, F f) {
  std::int64_t tap = 0;
  for (std::int64_t i = 0; i < g.d.taps(od); ++i)
    for (std::int64_t j = 0; j < g.h.taps(oh); ++j)
      for (std::int64_t k = 0; k < g.w.taps(ow); ++k, ++tap) {
        const std::int64_t d = g.d.position(od, i), h = g.h.position(oh, j), w = g.w.position(ow, k);
        if (g.d.inside(d) && g.h.inside(h) && g.w.inside(w)) f((d * g.h.in + h) * g.w.in + w, tap);
      }
}

// Index `flat`, row-major in plane number `p`, as the descriptor counts.
std::int64_t counted(const MaxIndicesDesc& desc, const reference::Geometry& g, std::int64_t p, std::int64_t flat) {
  const std::int64_t plane = g.d.in * g.h.in * g.w.in, first = desc.index_scope == IndexScope::tensor ? p * plane : 0;
  if (desc.index_order == IndexOrder::row_major) return first + flat;
  const std::int64_t d = flat / (g.h.in * g.w.in), h = flat / g.w.in % g.h.in, w = flat % g.w.in;
  return first + d + g.d.in * (h + g.h.in * w);
}

std::int64_t planes_of(const PoolDesc& desc) { return desc.src.dims[0] * desc.src.dims[1]; }
std::int64_t plane_of(const reference::Geometry& g) { return g.d.in * g.h.in * g.w.in; }

// The place of an index, row-major in plane number `p`; -1: nowhere.
std::int64_t place(const MaxIndicesDesc& desc, const reference::Geometry& g, std::int64_t p, std::int64_t index) {
  const std::int64_t first = desc.index_scope == IndexScope::tensor ? p * plane_of(g) : 0;
  if (index < first || index - first >= plane_of(g)) return -1;
  const std::int64_t i = index - first;
  if (desc.index_order == IndexOrder::row_major) return i;
  return (i % g.d.in * g.h.in + i / g.d.in % g.h.in) * g.w.in + i / g.d.in / g.h.in;
}

std::int64_t divisor(const PoolDesc& desc, const reference::Geometry& g, std::int64_t d, std::int64_t h,
                     std::int64_t w) {
  switch (desc.divisor) {
    case Divisor::padded:
      return g.d.taps_within(d, -g.d.pad_begin, g.d.in + g.d.pad_end) *
             g.h.taps_within(h, -g.h.pad_begin, g.h.in + g.h.pad_end) *
             g.w.taps_within(w, -g.w.pad_begin, g.w.in + g.w.pad_end);
    case Divisor::valid:
      return g.d.taps_within(d, 0, g.d.in) * g.h.taps_within(h, 0, g.h.in) * g.w.taps_within(w, 0, g.w.in);
    case Divisor::full_kernel: return g.d.taps(d) * g.h.taps(h) * g.w.taps(w);
    case Divisor::fixed: return desc.divisor_override;
  }
  return 0;
}

}  // namespace

std::vector<Counting> countings(IndexType type) {
  std::vector<Counting> all{{}};
  if (type == IndexType::u8) return all;
  all.push_back({IndexOrder::column_major, IndexScope::plane});
  all.push_back({IndexOrder::row_major, IndexScope::tensor});
  all.push_back({IndexOrder::column_major, IndexScope::tensor});
  return all;
}

std::string difference(const Indices& got, const Indices& expected) {
  if (got.size() != expected.size()) {
    return std::to_string(got.size()) + " indices, not " + std::to_string(expected.size());
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (got[i] != expected[i]) {
      return "index " + std::to_string(i) + " is " + std::to_string(got[i]) + ", not " + std::to_string(expected[i]);
    }
  }
  return "";
}

namespace reference {

template <class D>
WithIndicesOf<D> max_indices(const MaxIndicesDesc& desc, const D& src) {
  const Geometry g = geometry(desc.pool);
  WithIndicesOf<D> y{zeros<D>(g.output_dims(desc.pool.src)), {}};
  const bool in_window = desc.index_type == IndexType::u8;
  const ElementType type = desc.pool.src.type;
  for_each_window(g, planes_of(desc.pool),
                  [&](std::int64_t i, std::int64_t p, std::int64_t d, std::int64_t h, std::int64_t w) {
                    auto best = -std::numeric_limits<Number<D>>::infinity();
                    if (type == ElementType::s8) best = -128;
                    if (type == ElementType::u8) best = 0;
                    std::int64_t at = in_window ? 255 : -1;
                    bool any = false;
                    for_each_tap(g, d, h, w, [&](std::int64_t flat, std::int64_t tap) {
                      const auto x = src.values[p * plane_of(g) + flat];
                      if (any && !(x > best || (std::isnan(x) && !std::isnan(best)))) return;
                      best = x;
                      at = in_window ? tap : counted(desc, g, p, flat);
                      any = true;
                    });
                    y.dst.values[i] = best + Number<D>(0);
                    y.indices.push_back(at);
                  });
  return y;
}

template <class D>
D scatter(const MaxIndicesDesc& desc, bool add, const D& src, const Indices& indices, std::int64_t& skipped) {
  const Geometry g = geometry(desc.pool);
  D y = zeros<D>(dims_of(desc.pool.src));
  skipped = 0;
  for_each_window(g, planes_of(desc.pool),
                  [&](std::int64_t i, std::int64_t p, std::int64_t d, std::int64_t h, std::int64_t w) {
                    std::int64_t at = -1;
                    bool empty = true;
                    for_each_tap(g, d, h, w, [&](std::int64_t flat, std::int64_t tap) {
                      empty = false;
                      if (desc.index_type == IndexType::u8 && tap == indices[i]) at = flat;
                    });
                    if (desc.index_type != IndexType::u8) at = place(desc, g, p, indices[i]);
                    if (at < 0) {
                      const bool none = indices[i] == (desc.index_type == IndexType::u8 ? 255 : -1);
                      if (!(none && empty)) ++skipped;
                      return;
                    }
                    auto& target = y.values[p * plane_of(g) + at];
                    target = add ? target + src.values[i] : src.values[i];
                  });
  if (add) round_to(desc.pool.src.type, y);
  return y;
}

namespace {

// The sums of quotient(window number, its divisor), of every input.
template <class D, class Quotient>
D spread(const PoolDesc& desc, Quotient quotient) {
  const Geometry g = geometry(desc);
  D y = zeros<D>(dims_of(desc.src));
  const std::int64_t plane = plane_of(g);
  std::vector<Number<D>> row(static_cast<std::size_t>(plane));
  std::int64_t i = 0;
  for (std::int64_t p = 0; p < planes_of(desc); ++p)
    for (std::int64_t d = 0; d < g.d.out; ++d)
      for (std::int64_t h = 0; h < g.h.out; ++h) {
        // What this output row gives to each element.
        row.assign(row.size(), 0);
        for (std::int64_t w = 0; w < g.w.out; ++w, ++i) {
          const Number<D> q = quotient(i, divisor(desc, g, d, h, w));
          for_each_tap(g, d, h, w, [&](std::int64_t flat, std::int64_t) { row[flat] += q; });
        }
        for (std::int64_t e = 0; e < plane; ++e) y.values[p * plane + e] += row[e];
      }
  return y;
}

float average_quotient(float grad, double n) { return static_cast<float>(static_cast<double>(grad) * (1.0 / n)); }
double average_quotient(double grad, double n) { return grad / n; }

}  // namespace

template <class D>
D average_backward(const PoolDesc& desc, const D& grad_dst) {
  D y = spread<D>(desc, [&](std::int64_t i, std::int64_t n) {
    return average_quotient(grad_dst.values[i], static_cast<double>(n));
  });
  round_to(desc.src.type, y);
  return y;
}

template <class D>
D lp_backward(const PoolDesc& desc, const D& src, const D& dst, const D& grad_dst) {
  using T = Number<D>;
  D y = spread<D>(desc, [&](std::int64_t i, std::int64_t) {
    const T norm = dst.values[i];
    return desc.p == 1 ? grad_dst.values[i] : norm == 0 ? T(0) : grad_dst.values[i] / norm;
  });
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    const T x = src.values[i], sum = y.values[i];
    y.values[i] = (desc.p == 2 ? x * sum : x > 0 ? sum : x < 0 ? -sum : x) + T(0);
  }
  round_to(desc.src.type, y);
  return y;
}

template <class D>
Bounds power_backward_bounds(const PoolDesc& desc, const D& src, const D& dst, const D& grad_dst) {
  const Geometry g = geometry(desc);
  const std::int64_t plane = plane_of(g);
  std::vector<long double> sums(src.values.size()), magnitudes(src.values.size());
  std::vector<int> terms(src.values.size());
  const long double p = static_cast<long double>(desc.p);
  std::int64_t i = 0;
  for (std::int64_t n = 0; n < planes_of(desc); ++n)
    for (std::int64_t d = 0; d < g.d.out; ++d)
      for (std::int64_t h = 0; h < g.h.out; ++h)
        for (std::int64_t w = 0; w < g.w.out; ++w, ++i) {
          const long double y = dst.values[i], grad = grad_dst.values[i];
          for_each_tap(g, d, h, w, [&](std::int64_t flat, std::int64_t) {
            const std::int64_t at = n * plane + flat;
            const long double x = src.values[at];
            const long double one = x == 0 || y == 0 ? 0 : grad * std::pow(std::fabs(x), p - 1) * std::pow(y, 1 - p);
            sums[at] += std::copysign(1.0L, x) * one;
            magnitudes[at] += std::fabs(one);
            ++terms[at];
          });
        }
  constexpr bool is_f32 = std::is_same_v<Number<D>, float>;
  Bounds b;
  for (std::size_t e = 0; e < sums.size(); ++e) {
    const auto rounded = static_cast<Number<D>>(sums[e]);
    b.exact.push_back(static_cast<double>(std::isinf(rounded) ? rounded : sums[e]));  // D's range is less
    b.bound.push_back(static_cast<double>(magnitudes[e]) * (4 * std::fabs(desc.p - 1) + 12 + terms[e]) * 0x1p-53 +
                      (is_f32 ? std::fabs(b.exact[e]) * 0x1p-24 + 0x1p-150 : 0));
  }
  return b;
}

}  // namespace reference

template <class D>
WithIndicesOf<D> run_max_indices(const MaxIndicesDesc& desc, const D& src, const How& how) {
  const Result<MaxIndicesPlan> made = MaxIndicesPlan::make(desc, how.options());
  const MaxIndicesPlan& plan = checked(made, how);
  const Filled x(desc.pool.src, src, how.src);
  const Tensor y(plan.dst(), how.dst);
  const IndexTensor indices(plan.indices(), desc.index_type);
  const Workspace workspace(plan, how.executor);
  const Status status = plan.run(static_cast<const void*>(x.bytes()), y.bytes(), indices.data(), workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(y.gaps_untouched());
  CHECK(indices.gaps_untouched());
  CHECK(x.as_written());
  CHECK(workspace.surroundings_untouched());
  return {read<D>(y), indices.read()};
}

template <class D>
D run_scatter(const MaxIndicesDesc& desc, bool add, const D& src, const Indices& indices, const How& how,
              std::int64_t& skipped) {
  const Filled x(dst_of(desc.pool), src, how.src);
  const Tensor y(desc.pool.src, how.dst);
  IndexTensor at(indices_of(desc), desc.index_type);
  at.write(indices);
  const auto run = [&](const auto& plan) {
    const Workspace workspace(plan, how.executor);
    const void* const from = x.bytes();
    const Status status = plan.run(from, at.data(), y.bytes(), workspace.context(), &skipped);
    REQUIRE_MESSAGE(status.ok(), message_of(status));
    CHECK(workspace.surroundings_untouched());
  };
  if (add) {
    const auto plan = MaxPoolBackwardPlan::make(desc, how.options());
    run(checked(plan, how));
  } else {
    const auto plan = MaxUnpoolPlan::make(desc, how.options());
    run(checked(plan, how));
  }
  CHECK(y.gaps_untouched());
  CHECK(x.as_written());
  CHECK(at.as_written());
  return read<D>(y);
}

template <class D>
D run_average_backward(const PoolDesc& desc, const D& grad_dst, const How& how) {
  const auto made = AveragePoolBackwardPlan::make(desc, how.options());
  const AveragePoolBackwardPlan& plan = checked(made, how);
  const Filled x(dst_of(desc), grad_dst, how.src);
  const Tensor y(desc.src, how.dst);
  const Workspace workspace(plan, how.executor);
  const Status status = plan.run(static_cast<const void*>(x.bytes()), y.bytes(), workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(y.gaps_untouched());
  CHECK(x.as_written());
  CHECK(workspace.surroundings_untouched());
  return read<D>(y);
}

template <class D>
D run_lp_backward(const PoolDesc& desc, const D& src, const D& dst, const D& grad_dst, const How& how) {
  const auto made = LpPoolBackwardPlan::make(desc, how.options());
  const LpPoolBackwardPlan& plan = checked(made, how);
  const Filled x(desc.src, src, how.src), y(dst_of(desc), dst, how.src), g(dst_of(desc), grad_dst, how.src);
  const Tensor to(desc.src, how.dst);
  const Workspace workspace(plan, how.executor);
  const void* const norms = desc.p == 1 ? nullptr : y.bytes();
  const Status status = plan.run(static_cast<const void*>(x.bytes()), norms, static_cast<const void*>(g.bytes()),
                                 to.bytes(), workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(to.gaps_untouched());
  CHECK(as_written({&x, &y, &g}));
  CHECK(workspace.surroundings_untouched());
  return read<D>(to);
}

template <class D>
void check_max_indices(const MaxIndicesDesc& desc, const D& src, How how) {
  const WithIndicesOf<D> expected = reference::max_indices(desc, src);
  Random random(99);
  TensorDesc like = packed(Layout::nchw, expected.dst.dims);
  like.type = desc.pool.src.type;
  D gradient = expected.dst;
  const Dense values = make_values(like, Values::signed_uniform, random);
  gradient.values.assign(values.values.begin(), values.values.end());
  const bool has_gradient = !integers(like.type);
  std::int64_t none = 0;
  const D back = has_gradient ? reference::scatter(desc, true, gradient, expected.indices, none) : D();
  const D unpooled = reference::scatter(desc, false, gradient, expected.indices, none);
  CHECK(none == 0);
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    const WithIndicesOf<D> got = run_max_indices(desc, src, how);
    CHECK(difference(got.dst, expected.dst) == "");
    CHECK(difference(got.indices, expected.indices) == "");
    std::int64_t skipped = -1;
    if (has_gradient) {
      CHECK(difference(run_scatter(desc, true, gradient, expected.indices, how, skipped), back) == "");
      CHECK(skipped == 0);
    }
    CHECK(difference(run_scatter(desc, false, gradient, expected.indices, how, skipped), unpooled) == "");
    CHECK(skipped == 0);
  });
}

template <class D>
void check_average_backward(const PoolDesc& desc, const D& grad_dst, How how) {
  const D expected = reference::average_backward(desc, grad_dst);
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(run_average_backward(desc, grad_dst, how), expected) == "");
  });
}

template <class D>
void check_lp_backward(const PoolDesc& desc, const D& src, const D& grad_dst, How how) {
  const D dst = reference::pool(desc, src), expected = reference::lp_backward(desc, src, dst, grad_dst);
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(run_lp_backward(desc, src, dst, grad_dst, how), expected) == "");
  });
}

#define POOLNORM_TESTS_OF(D)                                                                                  \
  template WithIndicesOf<D> reference::max_indices(const MaxIndicesDesc&, const D&);                          \
  template D reference::scatter(const MaxIndicesDesc&, bool, const D&, const Indices&, std::int64_t&);        \
  template D reference::average_backward(const PoolDesc&, const D&);                                          \
  template D reference::lp_backward(const PoolDesc&, const D&, const D&, const D&);                           \
  template reference::Bounds reference::power_backward_bounds(const PoolDesc&, const D&, const D&, const D&); \
  template WithIndicesOf<D> run_max_indices(const MaxIndicesDesc&, const D&, const How&);                     \
  template D run_scatter(const MaxIndicesDesc&, bool, const D&, const Indices&, const How&, std::int64_t&);   \
  template D run_average_backward(const PoolDesc&, const D&, const How&);                                     \
  template D run_lp_backward(const PoolDesc&, const D&, const D&, const D&, const How&);                      \
  template void check_max_indices(const MaxIndicesDesc&, const D&, How);                                      \
  template void check_average_backward(const PoolDesc&, const D&, How);                                       \
  template void check_lp_backward(const PoolDesc&, const D&, const D&, How);
POOLNORM_TESTS_OF(Dense)
POOLNORM_TESTS_OF(Dense64)
#undef POOLNORM_TESTS_OF

}  // namespace poolnorm::tests
