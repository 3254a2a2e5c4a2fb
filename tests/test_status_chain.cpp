// What a chain refuses: in make(), naming the stage, and in run(), before the first write.
#include <cmath>

#include "support/check.hpp"
#include "support/executors.hpp"
#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

float* moved(const Elements& at, std::int64_t by) { return static_cast<float*>(at.data) + by; }

constexpr StatusCode invalid = StatusCode::invalid_argument;

const std::vector<float> four(4, 1.0f), three(3, 1.0f);

ChainDesc whole_chain() {
  ChainDesc d;
  d.src = nchw({2, 4, 8, 9});
  d.before = Affine::batch_norm(four, four);
  d.add(PoolOp::max, Window(3, 2, 1));
  d.add(PoolOp::average, Window(2)).of = 0;
  return d;
}

template <class Change>
void check_refused(StatusCode code, const Words& words, Change change) {
  ChainDesc d = whole_chain();
  change(d);
  check_message(ChainPlan::make(d).status, code, words);
  BystanderData data;
  ChainData pointers;
  pointers.src = data.src();
  pointers.dst[0] = data.dst();
  CHECK_FALSE(chain(d, pointers).ok());
}

}  // namespace

TEST_CASE("make() of a chain names the stage, the field and the value") {
  REQUIRE(ChainPlan::make(whole_chain()).ok());
  check_refused(invalid, {"pool_count is 0"}, [](ChainDesc& d) { d.pool_count = 0; });
  check_refused(invalid, {"pool_count is 9", "8"}, [](ChainDesc& d) {
    while (d.pool_count < 9) d.add(PoolOp::max, Window(2));
  });
  check_refused(invalid, {"pool_count is -1"}, [](ChainDesc& d) { d.pool_count = -1; });
  check_refused(invalid, {"pools[1].of is 1"}, [](ChainDesc& d) { d.pools[1].of = 1; });
  check_refused(invalid, {"pools[0].of is -2"}, [](ChainDesc& d) { d.pools[0].of = -2; });
  check_refused(invalid, {"pools[0].pool.src"}, [](ChainDesc& d) { d.pools[0].pool.src = d.src; });
  check_refused(invalid, {"pools[1].stride[1] is 0"}, [](ChainDesc& d) { d.pools[1].pool.window.stride = {1, 0}; });
  check_refused(invalid, {"pools[1].dst.dims[3] is 7"}, [](ChainDesc& d) { d.pools[1].pool.dst = nchw({2, 4, 2, 7}); });
  check_refused(invalid, {"before.mean has 3 values", "4"}, [](ChainDesc& d) { d.before.mean = three; });
  check_refused(invalid, {"before.variance has 0 values"}, [](ChainDesc& d) { d.before.variance = {}; });
  check_refused(invalid, {"before.epsilon"}, [](ChainDesc& d) { d.before.epsilon = -1; });
  check_refused(invalid, {"before.scale or shift"}, [](ChainDesc& d) { d.before.scale = four; });
  check_refused(invalid, {"pools[0].after.scale has 3 values"},
                [](ChainDesc& d) { d.pools[0].after = Affine::scale_shift(three); });
  check_refused(invalid, {"pools[1].activation.lo"}, [](ChainDesc& d) { d.pools[1].activation = clamp(2, 1); });
  check_refused(invalid, {"activation.kind is 17"},
                [](ChainDesc& d) { d.activation.kind = static_cast<ActivationKind>(17); });
  check_refused(StatusCode::unsupported, {"intermediate_type is f32, src has bf16"},
                [](ChainDesc& d) { d.src.type = ElementType::bf16; });
  check_refused(StatusCode::unsupported, {"intermediate_type is f16, src has f32"},
                [](ChainDesc& d) { d.intermediate_type = ElementType::f16; });
  check_refused(invalid, {"intermediate_type is 77"},
                [](ChainDesc& d) { d.intermediate_type = static_cast<ElementType>(77); });
  check_refused(invalid, {"residual.type is f16, src has f32"}, [](ChainDesc& d) {
    d.residual = nchw({2, 4, 8, 9}, ElementType::f16);
  });
  check_refused(invalid, {"before.mean holds f32, must hold f64"},
                [](ChainDesc& d) { d.src.type = d.intermediate_type = ElementType::f64; });
  check_refused(invalid, {"residual.dims[1] is 5"}, [](ChainDesc& d) { d.residual = nchw({2, 5, 8, 9}); });
  check_refused(invalid, {"intermediate.rank is 3"}, [](ChainDesc& d) { d.intermediate = nchw({2, 4, 8}); });
  check_refused(invalid, {"intermediate.strides"}, [](ChainDesc& d) {
    d.intermediate = d.src;
    d.intermediate.strides[0] = 1;
  });
  check_refused(invalid, {"src.rank is 2"}, [](ChainDesc& d) { d.src = nchw({2, 4}); });
  check_refused(StatusCode::unsupported, {"intermediate.strides", "stride 1"}, [](ChainDesc& d) {
    d.intermediate = nhwc({2, 4, 8, 9});
  });
  check_refused(StatusCode::unsupported, {"a pool's dst.strides", "stride 1"}, [](ChainDesc& d) {
    d.pools[0].pool.dst = nhwc({2, 4, 4, 5});
  });
}

TEST_CASE("make() of a chain of s8 and u8 names what is quantised in another way than what it comes from") {
  const auto refused = [](const Words& words, auto change, StatusCode code = invalid) {
    check_refused(code, words, [&](ChainDesc& d) {
      d.src.type = d.intermediate_type = ElementType::u8;
      d.src_quantization = {0.5f, 10};
      d.intermediate_quantization = {0.25f, 3};
      for (int i = 0; i < d.pool_count; ++i) {
        d.pools[i].pool.src_quantization = d.pools[i].pool.dst_quantization = {0.25f, 3};
      }
      change(d);
    });
  };
  ChainDesc good = whole_chain();
  good.src.type = ElementType::u8;
  good.intermediate_type = ElementType::s8;
  good.residual = good.src;
  good.residual.type = ElementType::s8;
  REQUIRE(ChainPlan::make(good).ok());
  refused({"src_quantization.scale is -1"}, [](ChainDesc& d) { d.src_quantization.scale = -1; });
  refused({"src_quantization.zero_point is 256"}, [](ChainDesc& d) { d.src_quantization.zero_point = 256; });
  refused({"intermediate_quantization.scale is 0"}, [](ChainDesc& d) { d.intermediate_quantization.scale = 0; });
  refused({"intermediate_quantization.zero_point is 128", "-128 to 127"}, [](ChainDesc& d) {
    d.intermediate_type = ElementType::s8;
    d.intermediate_quantization.zero_point = 128;
  });
  refused({"residual_quantization.scale is nan"}, [](ChainDesc& d) {
    d.residual = d.src;
    d.residual_quantization.scale = NAN;
  });
  refused({"residual.type is f32, src has u8"}, [](ChainDesc& d) { d.residual = nchw({2, 4, 8, 9}); });
  refused({"intermediate has u8, intermediate_type is s8"}, [](ChainDesc& d) {
    d.intermediate_type = ElementType::s8;
    d.intermediate = d.src;
  });
  refused({"rounding is 2"}, [](ChainDesc& d) { d.rounding = static_cast<Rounding>(2); });
  refused({"pools[1].src_quantization is {1, 0}", "{0.25, 3}"}, [](ChainDesc& d) {
    d.pools[1].of = -1;
    d.pools[1].pool.src_quantization = d.pools[1].pool.dst_quantization = {};
  });
  refused({"pools[1].src_quantization is {0.25, 3}", "{2, 7}"}, [](ChainDesc& d) {
    d.pools[0].activation = relu();
    d.pools[0].after_quantization = {2, 7};
    d.pools[1].of = 0;
  });
  refused({"pools[0].after_quantization.scale is 0"}, [](ChainDesc& d) {
    d.pools[0].activation = relu();
    d.pools[0].after_quantization.scale = 0;
  });
  refused({"pools[0].after_quantization is given, nothing follows"}, [](ChainDesc& d) {
    d.pools[0].after = {};
    d.pools[0].activation = {};
    d.pools[0].after_quantization = {2, 7};
  });
  refused({"pools[0].dst_quantization differs"}, [](ChainDesc& d) {
    d.pools[0].pool.op = PoolOp::max;
    d.pools[0].pool.dst_quantization = {2, 7};
  }, StatusCode::unsupported);
  refused({"before.channel 2 is x * 1 + inf"}, [](ChainDesc& d) {
    static const float shift[] = {0, 0, HUGE_VALF, 0};
    d.before = Affine::scale_shift({}, {shift, 4});
  });
  refused({"pools[1].after.channel 0 is x * nan + 0"}, [](ChainDesc& d) {
    static const float scale[] = {NAN, 0, 0, 0};
    d.pools[1].after = Affine::scale_shift({scale, 4});
  });
  refused({"intermediate_quantization is given", "src_quantization"}, [](ChainDesc& d) {
    d.before = {};
    d.activation = {};
    for (int i = 0; i < d.pool_count; ++i) d.pools[i].pool.src_quantization = d.pools[i].pool.dst_quantization = {0.5f, 10};
  });
  refused({"intermediate_type is s8, src has u8"}, [](ChainDesc& d) {
    d.before = {};
    d.activation = {};
    d.intermediate_type = ElementType::s8;
  }, StatusCode::unsupported);
  check_refused(invalid, {"src_quantization is given, src has f32"}, [](ChainDesc& d) { d.src_quantization.scale = 2; });
  check_refused(invalid, {"intermediate_quantization is given, t has f32"}, [](ChainDesc& d) { d.intermediate_quantization.scale = 2; });
  check_refused(invalid, {"pools[0].after_quantization is given, dst has f32"}, [](ChainDesc& d) { d.pools[0].after_quantization.scale = 2; });
}

TEST_CASE("make() of a chain of s8 and u8 takes pools at their word where src says nothing, and no channels as they come") {
  ChainDesc d;
  d.src = nchw({2, 4, 8, 9}, ElementType::u8);
  d.intermediate_type = ElementType::u8;
  PoolDesc& average = d.add(PoolOp::average, Window(2)).pool;
  average.src_quantization = {0.5f, 10};
  average.dst_quantization = {0.25f, 3};
  CHECK(ChainPlan::make(d).ok());
  d.src_quantization = {0.5f, 11};
  check_message(ChainPlan::make(d).status, invalid, {"pools[0].src_quantization is {0.5, 10}", "{0.5, 11}"});
  d.src = nchw({2, 0, 8, 9}, ElementType::u8);
  d.intermediate_type = ElementType::s8;
  d.intermediate_quantization = {2, 7};
  d.pools[0].after_quantization = {3, 1};
  CHECK(ChainPlan::make(d).ok());
}

TEST_CASE("run() of a chain refuses null, surplus and overlapping data and a small workspace") {
  ChainDesc d = whole_chain();
  d.residual = d.intermediate = d.src;
  const Executor executor = reversed_executor();
  Result<ChainPlan> plan = ChainPlan::make(d);
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  std::vector<char> workspace(plan->workspace_bytes(executor));
  REQUIRE(!workspace.empty());
  const RunContext whole{executor, workspace.data(), workspace.size()};
  const Dense x = make_values(dims_of(d.src), Values::signed_uniform, 1);
  const Tensor src(d.src, x), residual(d.src, x), t(d.src), y0(plan->dst(0)), y1(plan->dst(1));
  ChainData good;
  good.src = src.data();
  good.residual = residual.data();
  good.intermediate = t.data();
  good.dst[0] = y0.data();
  good.dst[1] = y1.data();
  const auto refused = [&](const Words& words, auto change, const RunContext& context) {
    ChainData data = good;
    change(data);
    check_message(plan->run(data, context), invalid, words);
    CHECK((t.untouched() && y0.untouched() && y1.untouched()));
  };
  refused(
      {"src is null"}, [](ChainData& c) { c.src = nullptr; }, whole);
  refused(
      {"residual is null"}, [](ChainData& c) { c.residual = nullptr; }, whole);
  refused(
      {"intermediate is null"}, [](ChainData& c) { c.intermediate = nullptr; }, whole);
  refused(
      {"dst[1] is null"}, [](ChainData& c) { c.dst[1] = nullptr; }, whole);
  refused(
      {"dst[0] and src"}, [&](ChainData& c) { c.src = moved(c.dst[0], -1); }, whole);
  refused(
      {"dst[0] and residual"}, [&](ChainData& c) { c.residual = moved(c.dst[0], -1); }, whole);
  refused(
      {"dst[1] and intermediate"}, [&](ChainData& c) { c.dst[1] = moved(c.intermediate, 1); }, whole);
  refused(
      {"dst[0] and dst[1]"}, [&](ChainData& c) { c.dst[1] = c.dst[0]; }, whole);
  refused(
      {"src and intermediate"}, [&](ChainData& c) { c.src = moved(c.intermediate, 1); }, whole);
  refused(
      {"residual and intermediate"}, [&](ChainData& c) { c.residual = moved(c.intermediate, 1); }, whole);
  refused({"workspace is null"}, [](ChainData&) {}, {executor, nullptr, workspace.size()});
  refused({"workspace_bytes is"}, [](ChainData&) {}, {executor, workspace.data(), workspace.size() - 1});
  CHECK(plan->run(good, whole).ok());

  Result<ChainPlan> plain = ChainPlan::make(whole_chain());
  REQUIRE_MESSAGE(plain.ok(), message_of(plain));
  check_message(plain->run(good, whole), invalid, {"residual is given"});
  ChainData data = good;
  data.residual = nullptr;
  check_message(plain->run(data, whole), invalid, {"intermediate is given"});
  CHECK_FALSE(ChainPlan().run(good, whole).ok());
}

TEST_CASE("a chain of no images or no channels: success, nothing read or written") {
  for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{0, 4, 8, 9}, {2, 0, 8, 9}}) {
    ChainDesc d = whole_chain();
    d.src = packed(Layout::nhwc, dims);
    if (dims[1] == 0) d.before = {};
    Result<ChainPlan> plan = ChainPlan::make(d);
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    CHECK(plan->workspace_bytes(serial_executor()) == 0);
    CHECK(plan->run(ChainData{}, {serial_executor(), nullptr, 0}).ok());
    CHECK(chain(d, {}).ok());
  }
}
