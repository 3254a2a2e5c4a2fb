// What PyTorch says of poolings, their indices and gradients, norms and folding (golden/make_pytorch.py).
#include "support/doctest.hpp"

#include <cmath>

#include "support/compare.hpp"
#include "support/golden.hpp"
#include "support/pool_indices.hpp"
#include "support/reference.hpp"
#include "support/response.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

Activation activation_named(const std::string& name) {
  if (name == "relu") return relu();
  if (name == "relu6") return relu6();
  if (name == "clamp") return clamp(-0.5f, 1.25f);
  if (name == "leaky_relu") return leaky_relu(0.125f);
  if (name == "hard_swish") return hard_swish();
  if (name == "hard_sigmoid") return hard_sigmoid();
  REQUIRE(name == "none");
  return {};
}

void check_pool(const GoldenCase& golden) {
  for (Layout layout : layouts) {
    PoolDesc desc = pool_of(golden, layout);
    desc.op = golden.word("op") == "max" ? PoolOp::max : PoolOp::average;
    if (golden.has("output")) desc.kind = PoolKind::adaptive;
    if (golden.number("include_pad", 1) == 0) desc.divisor = Divisor::valid;
    if (desc.divisor_override != 0) desc.divisor = Divisor::fixed;
    check_golden_pool(golden, desc, 1);
  }
}

template <class T>
DenseOf<T> values(const GoldenCase& golden, const char* name) {
  return golden.tensors.at(name).as<T>();
}

template <class T>
DenseOf<T> magnitudes(DenseOf<T> d) {
  for (T& v : d.values) v = std::fabs(v);
  return d;
}

// `bound`: of f32.
template <class T>
void check_near(const GoldenCase& golden, const char* name, const DenseOf<T>& got, std::vector<double> bound) {
  INFO(name);
  const GoldenTensor& expected = golden.tensors.at(name);
  CHECK(dims_text(got.dims) == dims_text(expected.dims));
  REQUIRE(bound.size() == expected.values.size());
  for (std::size_t i = 0; i < bound.size(); ++i) bound[i] = bound_of(golden.type(), expected.values[i], bound[i]);
  CHECK(difference(got, expected.values, bound) == "");
}

// So many roundings to f32 of terms whose magnitudes add up to `sums`.
template <class T>
std::vector<double> rounded_sums(const DenseOf<T>& sums, double roundings) {
  std::vector<double> bound(sums.values.begin(), sums.values.end());
  for (double& b : bound) b *= roundings * 0x1p-24;
  return bound;
}

// f(desc, how) for both layouts and every ISA.
template <class F>
void for_each_pool(const GoldenCase& golden, PoolOp op, F f) {
  for (Layout layout : layouts) {
    PoolDesc desc = pool_of(golden, layout);
    desc.op = op;
    if (golden.has("output")) desc.kind = PoolKind::adaptive;
    if (golden.number("include_pad", 1) == 0) desc.divisor = Divisor::valid;
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      f(desc, how);
    });
  }
}

double taps_of(const PoolDesc& desc) {
  const reference::Geometry g = reference::geometry(desc);
  return static_cast<double>(g.d.kernel * g.h.kernel * g.w.kernel);
}

template <class T>
void check_max_and_back(const GoldenCase& golden) {
  using D = DenseOf<T>;
  const D src = values<T>(golden, "src"), dst = values<T>(golden, "dst"), grad = values<T>(golden, "grad_dst");
  const GoldenTensor& places = golden.tensors.at("indices");
  const Indices indices(places.values.begin(), places.values.end());
  for_each_pool(golden, PoolOp::max, [&](const PoolDesc& pool, const How& how) {
    const MaxIndicesDesc desc{pool, {}, IndexType::i64};
    const WithIndicesOf<D> got = run_max_indices(desc, src, how);
    CHECK(difference(got.dst, dst) == "");
    CHECK(difference(got.indices, indices) == "");
    std::int64_t skipped = -1;
    const D sums = reference::scatter(desc, true, magnitudes(grad), indices, skipped);
    check_near(golden, "grad_src", run_scatter(desc, true, grad, indices, how, skipped),
               rounded_sums(sums, taps_of(pool)));
    CHECK(skipped == 0);
    if (golden.tensors.count("unpooled") == 0) return;
    CHECK(difference(run_scatter(desc, false, dst, indices, how, skipped), values<T>(golden, "unpooled")) == "");
    CHECK(skipped == 0);
  });
}

template <class T>
void check_average_and_back(const GoldenCase& golden) {
  const DenseOf<T> src = values<T>(golden, "src"), grad = values<T>(golden, "grad_dst");
  for_each_pool(golden, PoolOp::average, [&](const PoolDesc& desc, const How& how) {
    check_near(golden, "dst", run_pool(desc, src, how),
               reference::average_bounds(desc, values<float>(golden, "src")).bound);
    const DenseOf<T> sums = reference::average_backward(desc, magnitudes(grad));
    check_near(golden, "grad_src", run_average_backward(desc, grad, how), rounded_sums(sums, taps_of(desc) + 2));
  });
}

template <class T>
void check_lp_and_back(const GoldenCase& golden) {
  const DenseOf<T> src = values<T>(golden, "src"), grad = values<T>(golden, "grad_dst");
  for_each_pool(golden, PoolOp::lp, [&](const PoolDesc& desc, const How& how) {
    const DenseOf<T> dst = run_pool(desc, src, how);
    const reference::Bounds norms = reference::lp_bounds(desc, values<float>(golden, "src"));
    check_near(golden, "dst", dst, norms.bound);
    // The quotient's divisor is dst, as f16 and bf16 round it.
    const DenseOf<T> sums = reference::lp_backward(desc, magnitudes(src), dst, magnitudes(grad));
    const double divisor = golden.type() == ElementType::f64 ? 0 : bound_of(golden.type(), 0x1p24, 0);
    check_near(golden, "grad_src", run_lp_backward(desc, src, dst, grad, how),
               rounded_sums(sums, 2 * taps_of(desc) + 4 + divisor));
  });
}

// As of f32: one of f64 is narrower by 29 bits.
std::vector<double> as_of_f32(reference::Bounds bounds, ElementType type) {
  if (type != ElementType::f64) return bounds.bound;
  for (double& b : bounds.bound) b *= 0x1p29;
  return bounds.bound;
}

template <class T>
void check_lp(const GoldenCase& golden) {
  const DenseOf<T> src = values<T>(golden, "src");
  for_each_pool(golden, PoolOp::lp, [&](const PoolDesc& desc, const How& how) {
    const reference::Bounds bounds = golden.type() == ElementType::f64
                                         ? reference::power_bounds(desc, values<double>(golden, "src"))
                                         : reference::lp_bounds(desc, values<float>(golden, "src"));
    check_near(golden, "dst", run_pool(desc, src, how), as_of_f32(bounds, golden.type()));
  });
}

template <class T>
void check_response(const GoldenCase& golden) {
  ResponseCaseOf<T> c;
  c.x = values<T>(golden, "src");
  c.desc.size = static_cast<std::int64_t>(golden.number("size", 0));
  c.desc.alpha = golden.number("alpha", 0);
  c.desc.beta = golden.number("beta", 0);
  c.desc.k = golden.number("k", 0);
  for (Layout layout : layouts) {
    c.desc.src = packed(layout, c.x.dims, golden.type());
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      check_near(golden, "dst", c.run(how), as_of_f32(c.bounds(), golden.type()));
    });
  }
}

template <class T>
void check_of(const GoldenCase& golden) {
  const std::string op = golden.word("op");
  if (op == "max_and_back") return check_max_and_back<T>(golden);
  if (op == "average_and_back") return check_average_and_back<T>(golden);
  if (op == "lp_and_back") return check_lp_and_back<T>(golden);
  if (op == "lp") return check_lp<T>(golden);
  REQUIRE(op == "local_response_norm");
  check_response<T>(golden);
}

void check_fold(const GoldenCase& golden) {
  const auto values = [&](const char* name) { return golden.tensors.at(name).floats().values; };
  std::vector<float> weights = values("weights"), bias = values("bias");
  const std::vector<float> mean = values("mean"), variance = values("variance");
  const std::vector<float> gamma = values("gamma"), beta = values("beta");
  BatchNormDesc norm;
  norm.mean = mean;
  norm.variance = variance;
  norm.gamma = gamma;
  norm.beta = beta;
  norm.epsilon = static_cast<float>(golden.number("epsilon", 0));
  const auto channels = static_cast<std::int64_t>(bias.size());
  const std::int64_t elements = static_cast<std::int64_t>(weights.size()) / channels;
  const Status status = fold_batch_norm(norm, {weights.data(), channels, elements, elements, 1}, bias.data());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  // One rounding of the f64 result.
  const auto check = [&](const std::vector<float>& got, const char* name) {
    const GoldenTensor& expected = golden.tensors.at(name);
    std::vector<double> bound;
    for (double v : expected.values) bound.push_back(std::fabs(v) * 0x1.0001p-24);
    CHECK(difference(Dense(expected.dims, got), expected.values, bound) == "");
  };
  check(weights, "folded_weights");
  check(bias, "folded_bias");
}

}  // namespace

TEST_CASE("PyTorch's results") {
  int cases = 0;
  for (const GoldenCase& golden : read_golden("pytorch.txt")) {
    INFO("case ", golden.name);
    const std::string op = golden.word("op");
    ++cases;
    if (op == "batch_norm")
      check_golden_batch_norm(golden, activation_named(golden.word("activation")), 1);
    else if (op == "fold")
      check_fold(golden);
    else if (golden.has("type"))
      golden.type() == ElementType::f64 ? check_of<double>(golden) : check_of<float>(golden);
    else
      check_pool(golden);
  }
  CHECK(cases == 80);
}
