// Lanes that hold no element, padding and gaps raise no floating-point exception: no sticky flag is set, and a host
// that traps them sees those of its own data alone.
#include "support/doctest.hpp"

#include <algorithm>
#include <cfenv>
#include <cmath>

#include "support/backward.hpp"
#include "support/chain_case.hpp"
#include "support/check.hpp"
#include "support/environment.hpp"
#include "support/pool_indices.hpp"
#include "support/reference.hpp"
#include "support/response.hpp"
#include "support/response_backward.hpp"
#include "support/row_backward.hpp"
#include "support/row_norms.hpp"
#include "support/training.hpp"
#include "support/training_chain.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr int trapped = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW;

// Gaps and unwritten memory hold signalling NaN.
template <class Run>
void check_quiet(Run run) {
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    for (Placement::Edge edge : {Placement::begin, Placement::end}) {
      how.src.edge = how.dst.edge = edge;
      std::feclearexcept(trapped);
      run(how);
      CHECK(std::fetestexcept(trapped) == 0);
#if defined(__GLIBC__) && defined(__x86_64__)
      feenableexcept(trapped);  // an exception would be a signal, and the end
      run(how);
      fedisableexcept(trapped);
#endif
    }
  });
}

bool finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}
bool all_finite(const Dense& d) { return finite(d.values); }
bool all_parameters_finite(const AffineValues& a) { return std::all_of(std::begin(a.values), std::end(a.values), finite); }

// 400, and fewer where each takes long.
const std::int64_t cases = std::min<std::int64_t>(400, 40 + environment_number("POOLNORM_TEST_CASES", 100000) / 100);

}  // namespace

#if defined(FE_INVALID) && defined(FE_DIVBYZERO) && defined(FE_OVERFLOW)

TEST_CASE("no floating-point exception: pools") {
  Random random(7);
  for (std::int64_t i = 0; i < cases; ++i) {
    const PoolDesc desc = random_pool(random);
    if (!reference::geometry(desc).legal) continue;
    INFO(text_of(desc));
    const Dense x = make_values(dims_of(desc.src), Values::signed_uniform, random);
    check_quiet([&](const How& how) { run_pool(desc, x, how); });
    if (desc.op != PoolOp::lp) continue;
    PoolDesc power = desc;
    power.p = 3;
    const Dense y = run_pool(power, x, {});
    check_quiet([&](const How& how) {
      run_pool(power, x, how);
      run_lp_backward(power, x, y, y, how);
    });
  }
}

TEST_CASE("no floating-point exception: other element types") {
  Random random(10);
  for (std::int64_t i = 0; i < cases; ++i) {
    const PoolDesc desc = random_typed_pool(random);
    if (!reference::geometry(desc).legal) continue;
    INFO(text_of(desc));
    if (desc.op == PoolOp::lp && desc.src.type == ElementType::f64) continue;  // squares that overflow
    if (desc.src.type == ElementType::f64) {
      const Dense64 x = make_values64(dims_of(desc.src), Values::signed_uniform, random);
      check_quiet([&](const How& how) { run_pool(desc, x, how); });
    } else {
      const Dense x = make_values(desc.src, Values::signed_uniform, random);
      check_quiet([&](const How& how) { run_pool(desc, x, how); });
    }
  }
}

TEST_CASE("no floating-point exception: indices and gradients of pools") {
  Random random(11);
  for (std::int64_t i = 0; i < cases; ++i) {
    MaxIndicesDesc desc;
    desc.pool = random_pool(random);
    if (!reference::geometry(desc.pool).legal) continue;
    INFO(text_of(desc.pool));
    const Dense x = make_values(dims_of(desc.pool.src), Values::signed_uniform, random);
    const Dense dy =
        make_values(reference::geometry(desc.pool).output_dims(desc.pool.src), Values::signed_uniform, random);
    PoolDesc average = desc.pool;
    average.op = PoolOp::average;
    average.divisor = Divisor::full_kernel;
    check_quiet([&](const How& how) { run_average_backward(average, dy, how); });
    desc.pool.op = PoolOp::max;
    check_quiet([&](const How& how) {
      std::int64_t skipped = 0;
      const Indices indices = run_max_indices(desc, x, how).indices;
      for (bool add : {true, false}) run_scatter(desc, add, dy, indices, how, skipped);
    });
  }
}

TEST_CASE("no floating-point exception: norms and chains") {
  Random random(8);
  for (std::int64_t i = 0; i < cases; ++i) {
    NormCase norm = random_norm(random);
    INFO(norm.text());
    norm.epsilon = 1e-5f;
    for (Dense* d : {&norm.x, &norm.r}) *d = make_values(d->dims, Values::signed_uniform, random);
    check_quiet([&](const How& how) { norm.run(how); });
    norm.quantize(random.pick({ElementType::s8, ElementType::u8}), random.pick({ElementType::s8, ElementType::u8}),
                  Values::signed_uniform, random);
    check_quiet([&](const How& how) { norm.run(how); });
    ChainCase chain = random_chain(random);
    INFO(chain.text());
    chain.before.epsilon = 1e-5f;
    for (AffineValues& a : chain.after) a.epsilon = 1e-5f;
    for (Dense* d : {&chain.x, &chain.r}) *d = make_values(d->dims, Values::signed_uniform, random);
    // A lane without an element holds 0, which an infinite scale does not like.
    if (!all_parameters_finite(chain.before)) continue;
    if (!std::all_of(std::begin(chain.after), std::end(chain.after), all_parameters_finite)) continue;
    const ChainOutputs expected = chain.expected();
    if (!std::all_of(expected.dst.begin(), expected.dst.end(), all_finite)) continue;  // windows of padding alone
    check_quiet([&](const How& how) { chain.run(how); });
  }
}

TEST_CASE("no floating-point exception: statistics and gradients") {
  Random random(9);
  for (std::int64_t i = 0; i < cases; ++i) {
    const Layout layout = random.pick({Layout::nchw, Layout::nhwc});
    std::vector<std::int64_t> dims = random_dims(static_cast<int>(random.in(1, 3)), random);
    dims[0] += 1;  // an unbiased variance has two values at least
    dims[1] *= 2;
    dims.back() += 1;  // without spatial elements channels would have to be packed
    const Dense x = make_values(dims, Values::signed_uniform, random);
    const TensorDesc src = random_strides(layout, dims, random);
    INFO(text_of(src));
    const TrainingCase training = training_case(src, x);
    check_quiet([&](const How& how) { training.run(how); });
    for (PoolOp op : {PoolOp::max, PoolOp::average, PoolOp::lp}) {
      const TrainingChainCase chain = training_chain_case(src, pool_desc(op, src, Window(2, 1, 1)), x);
      const TrainingChainResultOf<float> forward = chain.expected();
      check_quiet([&](const How& how) {
        chain.run(how);
        chain.run_back(forward, how);
      });
    }
    GroupNormCase group;
    group.desc.src = src;
    group.desc.groups = 2;
    group.x = x;
    check_quiet([&](const How& how) { group.run(how); });
    ResponseCaseOf<float> response;
    response.desc.src = src;
    response.x = x;
    check_quiet([&](const How& how) { response.run(how); });
    ResponseCaseOf<double> denormal_base;  // whose power is none
    denormal_base.desc.src = packed(layout, dims, ElementType::f64);
    denormal_base.desc.alpha = 0;
    denormal_base.desc.k = 1e-310;
    denormal_base.x = Dense64(dims, {x.values.begin(), x.values.end()});
    check_quiet([&](const How& how) { denormal_base.run(how); });
    ResponseBackwardCaseOf<float> response_gradient;
    response_gradient.desc.src = src;
    response_gradient.x = response_gradient.dy = x;
    check_quiet([&](const How& how) { response_gradient.run(how); });
    LayerNormCase layer;
    layer.desc.src = packed(Layout::nchw, dims);
    layer.x = x;
    check_quiet([&](const How& how) { layer.run(how); });
    layer.desc.statistics = RowStatistics::mean_square;
    check_quiet([&](const How& how) { layer.run(how); });
    const BackwardCase backward = backward_case(src, x, random.chance(50) ? 0 : 2);
    check_quiet([&](const How& how) { backward.run(how); });
    RowBackwardCase rows = row_backward_case(layer.desc.src, 1, random.chance(50));
    rows.x = rows.dy = x;
    check_quiet([&](const How& how) { rows.run(how); });
  }
}

#endif
