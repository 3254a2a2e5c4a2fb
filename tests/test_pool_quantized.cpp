// Averages of s8 and u8 with quantisations: by hand, ties, saturation, every stage, any rounding mode, C, refusals.
#include "support/doctest.hpp"

#include <cfenv>
#include <cmath>

#include <poolnorm/poolnorm.h>

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/reference.hpp"
#include "support/refusal.hpp"
#include "support/tensor.hpp"
#include "support/workspace.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr ElementType types[] = {ElementType::s8, ElementType::u8};

PoolDesc average(ElementType type, TensorDesc src, const Window& window, Quantization from, Quantization to) {
  src.type = type;
  PoolDesc desc = pool_desc(PoolOp::average, src, window);
  desc.src_quantization = from;
  desc.dst_quantization = to;
  return desc;
}

void check_values(const PoolDesc& desc, const std::vector<float>& src, const std::vector<float>& expected) {
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    const Dense got = run_pool(desc, Dense(dims_of(desc.src), src), how);
    CHECK(difference(got, Dense(got.dims, expected)) == "");
  });
}

// With the control bits of a caller who rounds in another way.
Dense run_rounding(int mode, const PoolDesc& desc, const Dense& src, Isa isa) {
  Result<PoolPlan> plan = PoolPlan::make(desc, {isa, StorePolicy::automatic});
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  Tensor x(desc.src);
  x.write(src);
  const Tensor y(plan->dst());
  const Workspace workspace(*plan, serial_executor());
  std::fesetround(mode);
  const Status status = plan->run(static_cast<const void*>(x.bytes()), y.bytes(), workspace.context());
  std::fesetround(FE_TONEAREST);
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  return y.read();
}

void check_roundings(PoolDesc desc, Values kind = Values::signed_uniform) {
  for (const Rounding rounding : {Rounding::half_to_even, Rounding::half_away_from_zero}) {
    desc.rounding = rounding;
    check_pool(desc, kind);
  }
}

}  // namespace

TEST_CASE("quantised averages by hand") {
  const TensorDesc row = nchw({1, 1, 6});
  // Real inputs 0.5 * (q - 10), outputs 0.25 * (q - 3): twice the mean above 10, from 3 on.
  PoolDesc desc = average(ElementType::u8, row, Window(2), {0.5f, 10}, {0.25f, 3});
  check_values(desc, {10, 10, 20, 21, 0, 255}, {3, 24, 238});
  // Padding is real 0: it divides, but adds nothing.
  desc.window = Window(2, 2, 1);
  check_values(desc, {20, 10, 10, 30, 10, 10}, {13, 3, 23, 3});
  // 1 * (2q + 1) / 2: ties, of either sign.
  desc = average(ElementType::s8, row, Window(2), {1, 1}, {1, 0});
  check_values(desc, {1, 2, 2, 3, 1, 0}, {0, 2, 0});  // 0.5, 1.5, -0.5
  desc.rounding = Rounding::half_away_from_zero;
  check_values(desc, {1, 2, 2, 3, 1, 0}, {1, 2, -1});
  // Saturated.
  desc = average(ElementType::s8, row, Window(2), {100, 0}, {0.001f, 5});
  check_values(desc, {1, 0, 0, 0, -1, -2}, {127, 5, -128});
}

TEST_CASE("quantised averages: every stage, type, layout and divisor") {
  for (const ElementType type : types) {
    const int lowest = type == ElementType::s8 ? -128 : 0;
    for (const Layout layout : layouts) {
      for (const Window& window : {Window(1), Window(2, 2), Window(3, 2, 1), Window(3, 1, 1), Window(7, 3, 3),
                                   Window(13, 1, 6), Window(3, 2, 2, 2), Window(91, 17, 20)}) {
        for (const std::int64_t width : {7, 33, 131}) {
          const bool last = layout == Layout::nhwc;
          const std::int64_t height = window.kernel.values[0] > 60 ? 61 : 15;
          PoolDesc desc = average(type, packed(layout, {2, last ? width : 3, height, last ? height - 1 : width}),
                                  window, {0.3f, lowest + 77}, {0.5f, lowest + 200});
          for (Divisor divisor : {Divisor::padded, Divisor::valid, Divisor::full_kernel, Divisor::fixed}) {
            desc.divisor = divisor;
            desc.divisor_override = divisor == Divisor::fixed ? 9 : 0;
            if (reference::geometry(desc).legal) check_roundings(desc);
          }
        }
      }
      PoolDesc adaptive = average(type, packed(layout, {1, 19, 10, 37}), {}, {1, lowest + 3}, {1, lowest + 3});
      adaptive.kind = PoolKind::adaptive;
      adaptive.output = {3, 5};
      check_roundings(adaptive, Values::special);
      adaptive.kind = PoolKind::global;
      adaptive.src = packed(layout, {1, 3, 300, 301});
      adaptive.src.type = type;
      check_roundings(adaptive, Values::special);
    }
  }
}

// Products next to a half, where the caller's rounding mode would show.
TEST_CASE("quantised averages do not depend on the rounding mode") {
  for (const std::int64_t divisor : {1, 3, 5, 6, 7, 10, 12, 49, 100}) {
    for (const float scale : {0.1f, 0.5f, 1.5f, 3.0f, 0.7f}) {
      PoolDesc desc = average(ElementType::s8, nchw({1, 1, 511, 2}), Window({1, 2}), {scale, 0}, {1, 1});
      desc.divisor = Divisor::fixed;
      desc.divisor_override = divisor;
      Dense src(dims_of(desc.src));
      for (int i = 0; i < 511; ++i) {
        src.values[static_cast<std::size_t>(2 * i)] = static_cast<float>(-128 + (i < 256 ? 0 : i - 255));
        src.values[static_cast<std::size_t>(2 * i + 1)] = static_cast<float>(-128 + (i < 256 ? i : 255));
      }
      for (const Rounding rounding : {Rounding::half_to_even, Rounding::half_away_from_zero}) {
        desc.rounding = rounding;
        const Dense expected = reference::pool(desc, src);
        for_each_isa([&](Isa isa) {
          for (const int mode : {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
            CHECK(difference(run_rounding(mode, desc, src, isa), expected) == "");
          }
        });
      }
    }
  }
}

TEST_CASE("quantised averages in C") {
  const std::uint8_t x[4] = {10, 30, 50, 90};
  std::uint8_t y[2] = {};
  const std::int64_t dims[] = {1, 1, 4};
  poolnorm_pool_desc desc = poolnorm_pool_desc_init();
  desc.op = POOLNORM_POOL_OP_AVERAGE;
  desc.src = poolnorm_nchw(3, dims);
  desc.src.type = POOLNORM_ELEMENT_TYPE_U8;
  desc.window = poolnorm_window_square(2, 2, 0);
  desc.src_quantization = poolnorm_quantization_of(1, 10);
  desc.dst_quantization = poolnorm_quantization_of(0.5f, 1);
  CHECK(poolnorm_pool(&desc, x, y, nullptr) == 0);
  CHECK((y[0] == 21 && y[1] == 121));
}

TEST_CASE("quantisations that are refused") {
  const auto refuse = [](ElementType type, PoolOp op, Quantization from, Quantization to, const Words& words,
                         StatusCode code = StatusCode::invalid_argument) {
    PoolDesc desc = average(type, nchw({1, 1, 4}), Window(2), from, to);
    desc.op = op;
    check_message(PoolPlan::make(desc).status, code, words);
  };
  refuse(ElementType::u8, PoolOp::average, {0, 0}, {1, 0}, {"src_quantization.scale is 0, must be finite and > 0"});
  refuse(ElementType::u8, PoolOp::average, {1, 0}, {-2, 0}, {"dst_quantization.scale is -2"});
  refuse(ElementType::u8, PoolOp::average, {1, 0}, {INFINITY, 0}, {"dst_quantization.scale is inf"});
  refuse(ElementType::s8, PoolOp::average, {NAN, 0}, {1, 0}, {"src_quantization.scale is nan"});
  refuse(ElementType::u8, PoolOp::average, {1, -1}, {1, 0}, {"src_quantization.zero_point is -1, must be 0 to 255"});
  refuse(ElementType::s8, PoolOp::average, {1, 0}, {1, 128},
         {"dst_quantization.zero_point is 128, must be -128 to 127"});
  refuse(ElementType::s8, PoolOp::max, {1, 0}, {2, 0}, {"dst_quantization differs"}, StatusCode::unsupported);
  refuse(ElementType::f32, PoolOp::average, {1, 0}, {2, 0}, {"dst_quantization differs"}, StatusCode::unsupported);
  // Of a maximum of alike tensors nothing changes.
  PoolDesc desc = average(ElementType::u8, nchw({1, 1, 4}), Window(2), {0.5f, 3}, {0.5f, 3});
  desc.op = PoolOp::max;
  CHECK(PoolPlan::make(desc).ok());
}
