// Chains against the operations one by one: bands and units, the commuted form, cascades, slices of a
// concatenation buffer, the chains by name.
#include "support/doctest.hpp"

#include <cmath>

#include "support/chain_case.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/executors.hpp"
#include "support/tensor.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Form = AffineValues::Form;

ChainCase chain_case(const TensorDesc& src, Values kind = Values::signed_uniform, std::uint64_t seed = 1) {
  ChainCase c;
  const NormCase norm = norm_case(src, kind, seed);
  c.shapes.src = src;
  c.x = norm.x;
  c.before.form = Form::batch_norm;
  for (int i = 0; i < 4; ++i) c.before.values[i] = norm.parameters[i];
  c.shapes.activation = relu();
  return c;
}

void add_residual(ChainCase& c, const TensorDesc& residual) {
  c.shapes.residual = residual;
  c.r = Tensor(residual, make_values(dims_of(residual), Values::signed_uniform, 7)).read();  // broadcast: what memory holds
}

void set_gamma(ChainCase& c, float value) {
  for (float& v : c.before.values[2]) v = value;
}

std::string explained(const ChainCase& c) {
  const Result<ChainPlan> plan = ChainPlan::make(c.desc());
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  return explain(plan.value);
}

// Where the stages can; portable ones are kept small and cannot.
const char* in_registers(const ChainCase& c, const char* form = "norm=registers") {
  return contains(explained(c), "isa=portable") ? "norm=buffer" : form;
}

}  // namespace

TEST_CASE("large planes are cut into bands, the result is that of one") {
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{1, 3, 301, 227}, {2, 40, 67, 61}, {1, 20, 9, 70, 31}}) {
      const TensorDesc src = packed(layout, dims);
      How backwards;
      backwards.executor = reversed_executor();
      PoolOp op = PoolOp::max;
      for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 2, 1), Window(3, 1, 1), Window(5, 3, 2)}) {
        ChainCase c = chain_case(src);
        c.shapes.add(op, window);
        op = op == PoolOp::max ? PoolOp::average : PoolOp::max;
        check_chain(c, backwards);
        c.shapes.activation = hard_swish();
        c.shapes.intermediate = src;
        check_chain(c, backwards);
        check_chain(c, {}, Alias::src);
      }
    }
  }
}

TEST_CASE("bands and cascades of several pools") {
  for (Layout layout : layouts) {
    for (std::int64_t channels : {3, 40}) {
      ChainCase c = chain_case(packed(layout, {1, channels, 150, channels == 3 ? 220 : 31}));
      c.shapes.activation = hard_sigmoid();
      c.shapes.add(PoolOp::max, Window(3, 2, 1));
      c.shapes.add(PoolOp::average, Window(2));
      c.shapes.add(PoolOp::min, Window(5, 1, 2)).of = 1;
      c.shapes.add(PoolOp::min, Window(5, 1, 2)).of = 2;
      c.shapes.add_adaptive(PoolOp::average, {5, 7}).of = 0;
      c.shapes.add_global(PoolOp::average);
      check_chain(c);
      c.shapes.intermediate = c.shapes.src;
      check_chain(c, {}, Alias::src);
    }
  }
}

TEST_CASE("cascades go on from band to band, of planes and of volumes") {
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{1, 2, 2100, 310}, {1, 2, 61, 100, 110}}) {
      ChainCase c = chain_case(packed(layout, dims));
      c.shapes.add(PoolOp::max, Window(3, 1, 1));
      c.shapes.add(PoolOp::max, Window(3, 1, 1)).of = 0;
      c.shapes.add(PoolOp::average, Window(3, 2, 1)).of = 1;
      const std::string rows = std::to_string(dims[2]);
      const std::string line = explained(c);
      REQUIRE_MESSAGE((contains(line, "/" + rows + "(") && !contains(line, "band=" + rows + "/")), line);
      check_chain(c);
    }
  }
}

TEST_CASE("a residual of a chain: its intermediate itself, or broadcast along any dims") {
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{2, 19, 15, 17}, {1, 40, 67, 61}}) {
      for (const Activation& activation : {relu(), hard_swish()}) {
        ChainCase c = chain_case(packed(layout, dims));
        c.shapes.activation = activation;
        c.shapes.add(PoolOp::max, Window(3, 2, 1));
        c.shapes.add_global(PoolOp::average);
        c.shapes.intermediate = c.shapes.src;
        add_residual(c, c.shapes.src);
        check_chain(c, {}, Alias::residual);
        for (int mask = 1; mask < 16; ++mask) {
          add_residual(c, broadcast(c.shapes.src, mask));
          check_chain(c);
          check_chain(c, {}, Alias::src);
        }
        c.shapes.intermediate = {};
        check_chain(c);
      }
    }
  }
}

bool follows(const ChainCase& c) { return contains(explained(c), "norm=commuted"); }

TEST_CASE("planes of norms that rise and fall, in rows wider than registers") {
  for (std::int64_t width : {68, 112, 131}) {
    for (const Window& window : {Window(3, 2, 1), Window(2), Window(3, 2)}) {
      for (const Activation& activation : {Activation{}, relu(), clamp(-0.25f, 0.5f)}) {
        for (Values kind : {Values::special, Values::integers}) {
          ChainCase c = chain_case(packed(Layout::nchw, {2, 5, 9, width}), kind);
          c.shapes.activation = activation;
          c.shapes.add(PoolOp::max, window);
          set_gamma(c, 0.5f);
          c.before.values[2][1] = c.before.values[2][4] = -0.75f;
          CHECK(follows(c));
          check_chain(c);
        }
      }
    }
  }
}

TEST_CASE("a norm follows the max where that is exact") {
  for (Layout layout : layouts) {
    ChainCase c = chain_case(packed(layout, {2, 35, 13, 20}), Values::special);
    c.shapes.add(PoolOp::max, Window(3, 2, 1));
    set_gamma(c, 0.5f);
    CHECK(follows(c));
    check_chain(c);
    set_gamma(c, -0.5f);
    CHECK(follows(c));
    check_chain(c);
    for (float value : {0.0f, -0.0f, HUGE_VALF, NAN}) {
      for (int parameter = 0; parameter < 4; ++parameter) {
        ChainCase odd = c;
        odd.before.values[parameter][3] = value;
        odd.before.values[parameter][17] = value;
        odd.before.values[parameter][18] = value;
        check_chain(odd);
      }
    }
    for (int i = 0; i < 35; i += 2) c.before.values[2][static_cast<std::size_t>(i)] = 0.25f;
    CHECK((layout == Layout::nchw ? follows(c) : contains(explained(c), in_registers(c, "norm=flipped"))));
    check_chain(c);
  }
}

TEST_CASE("norms in front of windows that stand alone") {
  const auto check_norms = [](const TensorDesc& src, const Window& window) {
    for (PoolOp op : pool_ops) {
      ChainCase c = chain_case(src, Values::special);
      c.shapes.add(op, window);
      check_chain(c);
      // Maxima of norms that rise and fall.
      set_gamma(c, 0.5f);
      check_chain(c);
      for (std::size_t i = 0; i < c.before.values[2].size(); i += 3) c.before.values[2][i] = -0.75f;
      check_chain(c);
      c.shapes.activation = hard_swish();
      check_chain(c);
    }
  };
  for (std::int64_t channels : {256, 300}) {
    for (const Window& window : {Window({3, 15}, {2, 1}), Window({8, 15}, 3), Window({2, 15}, 1, {4, 0}), Window({14, 4}, {1, 30}, {0, 5})}) {
      check_norms(packed(Layout::nhwc, {1, channels, 14, 15}), window);
    }
  }
  // Tall ones.
  for (std::int64_t channels : {5, 33, 130, 256}) {
    for (const Window& window : {Window({17, 11}), Window({21, 15}, {2, 1}, {3, 2})}) {
      check_norms(packed(Layout::nhwc, {1, channels, 21, 11}), window);
    }
  }
}

TEST_CASE("a norm does not follow the max where that shows") {
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {2, 19, 12, 20});
    const auto with_max = [&](const Window& window, const Activation& activation) {
      ChainCase c = chain_case(src, Values::special);
      set_gamma(c, 0.5f);
      c.shapes.activation = activation;
      c.shapes.add(PoolOp::max, window);
      return c;
    };
    // Not monotone; -inf times 0; a window of padding alone; a bound of -0.
    for (ChainCase& c : std::vector<ChainCase>{with_max(Window(2), hard_swish()), with_max(Window(2), leaky_relu(0)),
                                               with_max(Window(2), leaky_relu(-1)), with_max(Window(2, 1, 3), relu()),
                                               with_max(Window(2), clamp(-0.0f, 1))}) {
      CHECK_FALSE(contains(explained(c), "norm=commuted"));
      check_chain(c);
    }
    // Products that underflow to -0.
    ChainCase tiny = with_max(Window(3, 2, 1), leaky_relu(1e-3f));
    CHECK(contains(explained(tiny), "norm=commuted"));
    for (auto& values : tiny.before.values) values.clear();
    tiny.before.form = Form::scale_shift;
    tiny.before.values[0] = std::vector<float>(19, 1e-20f);
    for (float& v : tiny.x.values) v = -std::abs(v) * 1e-24f;
    check_chain(tiny);
    ChainCase adding = with_max(Window(2), relu());
    add_residual(adding, src);
    CHECK(contains(explained(adding), "norm=buffer"));
    check_chain(adding);
  }
}

TEST_CASE("sums take the norm as they load") {
  for (Layout layout : layouts) {
    for (std::int64_t channels : {16, 17, 33, 64, 130}) {
      for (const Activation& activation : {Activation{}, relu(), clamp(-0.25f, 0.5f)}) {
        for (Values kind : {Values::special, Values::cancelling}) {
          ChainCase c = chain_case(packed(layout, {2, channels, 18, 19}), kind);
          c.shapes.activation = activation;
          c.shapes.add(PoolOp::average, Window(2));
          CHECK(contains(explained(c), in_registers(c)));
          check_chain(c);
          for (const Window& window : {Window(3, 2, 1), Window({18, 3})}) {  // more taps than are read side by side
            c.shapes.pools[0].pool.window = window;
            check_chain(c);
          }
          c.shapes.pool_count = 0;
          c.shapes.add_global(PoolOp::average);
          CHECK(contains(explained(c), in_registers(c)));
          check_chain(c);
        }
      }
    }
  }
}

TEST_CASE("spatial pyramid pooling: 5, 9 and 13 of one tensor, and the tensor, in one buffer") {
  for (Layout layout : layouts) {
    for (std::int64_t size : {3, 7, 13, 20}) {
      const std::int64_t channels = 37;
      const TensorDesc src = packed(layout, {2, channels, size, size + 1});
      const TensorDesc all = packed(layout, {2, 4 * channels, size, size + 1});
      const Dense x = make_values(dims_of(src), Values::special, 5);
      ChainDesc spp;
      spp.src = src;
      spp.intermediate = channel_slice(all, channels);
      for (int i = 0; i < 3; ++i) {
        ChainPool& p = spp.add(PoolOp::max, Window(5, 1, 2));
        p.of = i - 1;
        p.pool.dst = channel_slice(all, channels);
      }
      for_each_isa([&](Isa isa) {
        Result<ChainPlan> plan = ChainPlan::make(spp, {isa, StorePolicy::automatic});
        REQUIRE_MESSAGE(plan.ok(), message_of(plan));
        const Tensor from(src, x), to(all);
        ChainData data;
        data.src = from.data();
        data.intermediate = to.data();
        for (int i = 0; i < 3; ++i) data.dst[i] = to.data() + (i + 1) * channels * all.strides[1];
        std::vector<char> workspace(plan->workspace_bytes(serial_executor()));
        const Status status = plan->run(data, {serial_executor(), workspace.data(), workspace.size()});
        REQUIRE_MESSAGE(status.ok(), message_of(status));
        CHECK(to.gaps_untouched());
        const Dense y = to.read();
        How how;
        how.isa = isa;
        for (int i = 0; i < 4; ++i) {
          const Dense expected =
              i == 0 ? x : run_pool(pool_desc(PoolOp::max, src, Window(4 * i + 1, 1, 2 * i)), x, how);
          Dense part(x.dims);
          const std::int64_t plane = channels * size * (size + 1);
          for (std::int64_t n = 0; n < 2; ++n) {
            std::copy_n(y.values.data() + (n * 4 + i) * plane, plane, part.values.data() + n * plane);
          }
          CHECK(difference(part, expected) == "");
        }
      });
    }
  }
}

TEST_CASE("cascades of planes smaller than the windows") {
  for (PoolOp op : {PoolOp::max, PoolOp::min}) {
    for (std::int64_t size : {1, 2, 3, 4, 5}) {
      for (std::int64_t first : {3, 5, 7, 9}) {
        for (std::int64_t second : {2, 3, 4, 5, 7, 10}) {
          ChainCase c = chain_case(nchw({1, 2, size, 6}));
          c.shapes.add(op, Window({first, 3}, 1, {first / 2, 1}));
          ChainPool& pool = c.shapes.add(op, Window({second, 2}, {3, 1}));
          pool.of = 0;
          pool.pool.output_size = OutputSize::same_upper;
          check_chain(c);
        }
      }
    }
  }
}

TEST_CASE("every cascade of two windows") {
  for (Layout layout : layouts) {
    for (std::int64_t first = 1; first <= 7; ++first) {
      for (std::int64_t second = 1; second <= 7; ++second) {
        for (std::int64_t padding = 0; padding <= (first - 1) / 2; ++padding) {
          ChainCase c;
          c.shapes.src = packed(layout, {1, 17, 9, 11});
          c.x = make_values({1, 17, 9, 11}, Values::signed_uniform, 3);
          c.shapes.add(PoolOp::max, Window(first, 1, padding));
          // As many outputs as inputs, padded on one side more than on the other.
          c.shapes.pools[0].pool.window.padding_end = first - 1 - padding;
          c.shapes.add(PoolOp::max, Window(second, second % 2 + 1, second / 2)).of = 0;
          check_chain(c);
        }
      }
    }
  }
}

TEST_CASE("the chains by name") {
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {2, 33, 14, 15});
    NormCase norm = norm_case(src);
    norm.activation = relu();
    const BatchNormDesc desc = norm.batch_norm();
    const Dense t = norm.expected();
    const auto check = [&](const PoolDesc& pool, auto call) {
      const Tensor x(src, norm.x), y(pool_output(pool).value);
      const Status status = call(x.data(), y.data());
      CHECK_MESSAGE(status.ok(), message_of(status));
      CHECK(difference(y.read(), run_pool(pool, t, {})) == "");
    };
    check(pool_desc(PoolOp::max, src, Window(3, 2, 1)),
          [&](const float* x, float* y) { return fused_stem(desc, x, y); });
    check(pool_desc(PoolOp::max, src, Window(2)),
          [&](const float* x, float* y) { return fused_stem(desc, x, y, Window(2)); });
    check(global_desc(PoolOp::average, src), [&](const float* x, float* y) { return fused_head(desc, x, y); });
    check(pool_desc(PoolOp::average, src, Window(2)),
          [&](const float* x, float* y) { return fused_transition(desc, x, y); });
    add_residual(norm, src);
    const Tensor x(src, norm.x), r(src, norm.r), y(src);
    CHECK(fused_residual(desc, x.data(), r.data(), y.data()).ok());
    CHECK(difference(y.read(), norm.expected()) == "");
    CHECK_FALSE(fused_stem(norm.batch_norm(), x.data(), y.data()).ok());
  }
}

TEST_CASE("fused_residual: what is not given is described as src is, gaps included") {
  for (Layout layout : layouts) {
    TensorDesc src = packed(layout, {2, 5, 4, 3});
    for (int a = 0; a < 4; ++a) {
      if (src.strides[a] != 1) src.strides[a] *= 2;
    }
    NormCase norm = norm_case(src, Values::signed_uniform, 2);
    const BatchNormDesc desc = norm.batch_norm();
    add_residual(norm, src);
    const Tensor x(src, norm.x), r(src, norm.r), y(src);
    CHECK(fused_residual(desc, x.data(), r.data(), y.data()).ok());
    CHECK(difference(y.read(), norm.expected()) == "");
  }
}

TEST_CASE("chains by name refuse in the names of their arguments") {
  const NormCase norm = norm_case(nchw({2, 3, 6, 6}), Values::signed_uniform, 2);
  const Tensor x(norm.src, norm.x), y(norm.src);
  const auto refused = [&](auto change, const Window& window, const std::string& words) {
    BatchNormDesc desc = norm.batch_norm();
    change(desc);
    for (const Status& s : {fused_stem(desc, x.data(), y.data(), window), fused_transition(desc, x.data(), y.data(), window)}) {
      CHECK(s.code == StatusCode::invalid_argument);
      CHECK_MESSAGE(contains(message_of(s), words), message_of(s));
    }
  };
  refused([](BatchNormDesc& d) { d.rounding = Rounding{9}; }, Window(2), "norm.rounding is 9, no known value");
  refused([](BatchNormDesc& d) { d.src_quantization = {0.5f, 3}; }, Window(2), "norm.src_quantization is given");
  refused([](BatchNormDesc& d) { d.variance.size = 2; }, Window(2), "norm.variance has 2 values");
  refused([](BatchNormDesc&) {}, Window(0), "window.kernel[0] is 0");
  refused([](BatchNormDesc& d) { d.activation = clamp(2, 1); }, Window(2), "norm.activation.lo is 2");
  refused([](BatchNormDesc& d) { d.src.rank = 9; }, Window(2), "norm.src.rank is 9");
  CHECK(y.untouched());
}

TEST_CASE("windows of a signal: a src whose channels and columns are both one element apart") {
  for (const std::int64_t w : {40, 1100}) {
    ChainCase c;
    c.shapes.src = nhwc({1, 65, 1, w});
    for (const int axis : {1, 3}) c.shapes.src.strides[axis] = 1;
    c.x = held(c.shapes.src, make_values(dims_of(c.shapes.src), Values::signed_uniform, 5));
    Random random(6);
    c.before.form = AffineForm::scale_shift;
    for (int i : {0, 1}) c.before.values[i] = make_parameter(65, -2, 2, random);
    c.shapes.add(PoolOp::average, Window({1, 20}, 1));
    check_chain(c);
  }
}

TEST_CASE("columns of averages map what they load, on every ISA with stages of its own") {
  ChainCase c = chain_case(nchw({1, 8, 90, 90}));
  c.shapes.add(PoolOp::average, Window(4, 2));
  for_each_isa([&](Isa isa) {
    const Result<ChainPlan> plan = ChainPlan::make(c.desc(), {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    CHECK_MESSAGE(contains(explain(plan.value), isa == Isa::portable ? "norm=buffer" : "norm=registers"), explain(plan.value));
  });
}

TEST_CASE("explain() says what a chain became") {
  ChainCase c = chain_case(nhwc({2, 96, 30, 30}));
  c.shapes.add(PoolOp::max, Window(3, 2, 1));
  set_gamma(c, 1);
  for (const char* word : {"chain isa=", "walk=channels_last", "norm=commuted", "tasks=", "max:rolling"}) {
    CHECK_MESSAGE(contains(explained(c), word), explained(c));
  }
  c.shapes.src.dims[0] = 0;
  CHECK(contains(explained(c), "empty tensor"));
}
