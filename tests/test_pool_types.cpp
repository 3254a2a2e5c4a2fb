// Pools of every element type: conversions value by value, exact integers, special values, and that pointers
// of another type are refused.
#include "support/doctest.hpp"

#include <cstring>

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/refusal.hpp"
#include "support/tensor.hpp"
#include "support/workspace.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

TensorDesc of_type(ElementType type, TensorDesc t) {
  t.type = type;
  return t;
}

// The outputs' bits for these inputs' bits, one plane.
std::vector<std::uint16_t> run_bits(PoolDesc desc, const std::vector<std::uint16_t>& src, Isa isa) {
  Result<PoolPlan> plan = PoolPlan::make(desc, {isa, StorePolicy::automatic});
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  const Tensor x(desc.src), y(plan->dst());
  std::memcpy(x.bytes(), src.data(), src.size() * sizeof src[0]);
  const Workspace workspace(*plan, serial_executor());
  REQUIRE(plan->run(static_cast<const void*>(x.bytes()), y.bytes(), workspace.context()).ok());
  std::vector<std::uint16_t> dst(static_cast<std::size_t>(plan->dst().elements()));
  std::memcpy(dst.data(), y.bytes(), dst.size() * sizeof dst[0]);
  return dst;
}

struct HalfFormat {
  ElementType type;
  std::uint16_t infinity, quiet;
};
constexpr HalfFormat halves[] = {{ElementType::f16, 0x7c00, 0x0200}, {ElementType::bf16, 0x7f80, 0x0040}};

}  // namespace

TEST_CASE("every f16 and bf16 passes a window of one as it is") {
  std::vector<std::uint16_t> all(65536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  for (const HalfFormat& half : halves) {
    for (const PoolOp op : pool_ops) {
      const PoolDesc desc = pool_desc(op, of_type(half.type, nchw({1, 1, 65536})), Window(1));
      for_each_isa([&](Isa isa) {
        INFO(name(half.type), " op ", static_cast<int>(op));
        const std::vector<std::uint16_t> got = run_bits(desc, all, isa);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
          const std::uint16_t magnitude = all[i] & 0x7fff;
          const bool nan = magnitude > half.infinity;
          const std::uint16_t expected = all[i] == 0x8000 ? 0 : all[i];
          if (nan ? (got[i] & 0x7fff) <= half.infinity || (got[i] & half.quiet) == 0 : got[i] != expected) ++wrong;
        }
        CHECK(wrong == 0);
      });
    }
  }
}

TEST_CASE("averages of f16 and bf16 round to nearest even at every boundary") {
  // x and its neighbour, once, twice and three times among four: the quarters between all values.
  for (const HalfFormat& half : halves) {
    for (const int quarters : {1, 2, 3}) {
      PoolDesc desc =
          pool_desc(PoolOp::average, of_type(half.type, nchw({1, 1, 2 * half.infinity, 4})), Window({1, 4}));
      Dense src(dims_of(desc.src));
      for (std::int64_t i = 0; i < 2 * half.infinity; ++i) {
        const auto magnitude = static_cast<std::uint16_t>(i % half.infinity);
        const std::uint16_t sign = i < half.infinity ? 0 : 0x8000;
        for (int j = 0; j < 4; ++j) {
          const auto bits = static_cast<std::uint16_t>(sign | (magnitude + (j < quarters ? 1 : 0)));
          src.values[static_cast<std::size_t>(4 * i + j)] = static_cast<float>(decode(half.type, &bits));
        }
      }
      check_pool(desc, src);
    }
  }
}

TEST_CASE("averages of integers are exact for every sum and divisor") {
  for (const ElementType type : {ElementType::s8, ElementType::u8}) {
    const int lowest = type == ElementType::s8 ? -128 : 0;
    for (const Rounding rounding : {Rounding::half_to_even, Rounding::half_away_from_zero}) {
      // Every pair of sums of 256 steps and divisors: windows of two elements that give the sum.
      // 255 times the last ones leave 32 bits.
      for (const std::int64_t divisor : std::vector<std::int64_t>{
               1,   2,   3,    4,    5,    6,    7,    8,      9,       10,       12,         16,         25, 49, 63, 64, 100, 127, 128, 255,
               256, 510, 1000, 4096, 8191, 8192, 8193, 100000, 8421505, 33554432, 2147483649, 1ll << 40}) {
        PoolDesc desc = pool_desc(PoolOp::average, of_type(type, nchw({1, 1, 511, 2})), Window({1, 2}));
        desc.rounding = rounding;
        desc.divisor = Divisor::fixed;
        desc.divisor_override = divisor;
        Dense src(dims_of(desc.src));
        for (int i = 0; i < 511; ++i) {
          src.values[static_cast<std::size_t>(2 * i)] = static_cast<float>(lowest + (i < 256 ? 0 : i - 255));
          src.values[static_cast<std::size_t>(2 * i + 1)] = static_cast<float>(lowest + (i < 256 ? i : 255));
        }
        check_pool(desc, src);
      }
      // Divisors that are what the window holds, up to where the sum leaves s32's path.
      for (const std::int64_t kernel : {2, 3, 6, 10, 50, 90, 91, 128}) {
        PoolDesc desc = pool_desc(PoolOp::average, of_type(type, nhwc({1, 5, 130, 131})), Window(kernel, 17));
        desc.rounding = rounding;
        check_pool(desc, Values::signed_uniform);
        check_pool(desc, Values::special);
      }
    }
  }
}

TEST_CASE("averages of integers that lie between two, in every stage, window and quantisation") {
  for (const ElementType type : {ElementType::s8, ElementType::u8}) {
    const int lowest = type == ElementType::s8 ? -128 : 0;
    const auto check = [&](PoolDesc desc) {
      // A window of an even number of columns is between two integers; its neighbour has the other sign, or saturates.
      Dense src(dims_of(desc.src));
      const std::int64_t columns = src.dims.back(), plane = product(src.dims) / (src.dims[0] * src.dims[1]);
      for (std::size_t i = 0; i < src.values.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        src.values[i] = static_cast<float>(lowest + (at / plane * 37 + at % columns % 2) % 256);
      }
      for (const Rounding rounding : {Rounding::half_to_even, Rounding::half_away_from_zero}) {
        desc.rounding = rounding;
        desc.src_quantization = desc.dst_quantization = {};
        check_pool(desc, src);
        desc.src_quantization = {1, lowest + 100};
        desc.dst_quantization = {1, lowest + 31};
        check_pool(desc, src);
        desc.src_quantization = {300, lowest + 100};
        check_pool(desc, src);
      }
    };
    for (const Layout layout : layouts) {
      const auto tensor = [&](std::int64_t channels, std::int64_t rows, std::int64_t columns) {
        return of_type(type, packed(layout, {1, channels, rows, columns}));
      };
      const std::int64_t channels = layout == Layout::nchw ? 3 : 19;
      for (const Window& window : {Window({1, 2}), Window(2, 2), Window({3, 2}, 1), Window({2, 4}, {1, 3}, {0, 1}),
                                   Window({5, 6}, {2, 1}, {2, 3}), Window({2, 70}, {1, 5}, {0, 9})}) {
        check(pool_desc(PoolOp::average, tensor(channels, 7, 90), window));
      }
      check(global_desc(PoolOp::average, tensor(channels, 70, 130)));
      // More than 8192 taps.
      for (const Window& window : {Window({91, 92}, {1, 4}), Window({91, 92}, {1, 30}, {0, 46}), Window({50, 166})}) {
        check(pool_desc(PoolOp::average, tensor(channels, 92, 170), window));
      }
      PoolDesc desc = pool_desc(PoolOp::average, tensor(channels, 92, 95), Window({91, 92}, 1));
      desc.divisor = Divisor::fixed;
      for (const std::int64_t divisor : {2 * 91 * 92, 91 * 92 / 2, 100000}) {
        desc.divisor_override = divisor;
        check(desc);
      }
    }
  }
}

TEST_CASE("sums of many integers do not overflow") {
  for (const ElementType type : {ElementType::s8, ElementType::u8}) {
    for (const Layout layout : layouts) {
      PoolDesc desc = global_desc(PoolOp::average, of_type(type, packed(layout, {1, 3, 300, 301})));
      check_pool(desc, Values::special);
      Dense src(dims_of(desc.src));
      for (float& x : src.values) x = type == ElementType::s8 ? -128.0f : 255.0f;
      src.values[7] += type == ElementType::s8 ? 1.0f : -1.0f;
      check_pool(desc, src);
    }
  }
}

TEST_CASE("every type, layout, width and window") {
  const Window windows[] = {Window(1),       Window(2, 2),    Window(3, 2, 1),  Window(3, 1, 1),   Window(5, 1, 2),
                            Window(7, 3, 3), Window(9, 9, 4), Window(13, 1, 6), Window(3, 2, 2, 2)};
  for (const ElementType type : element_types) {
    for (const Layout layout : layouts) {
      for (const PoolOp op : pool_ops) {
        std::uint64_t seed = 1;
        for (const std::int64_t width : {1, 7, 15, 17, 33, 64, 65, 131}) {
          for (const Window& window : windows) {
            const bool wide_channels = layout == Layout::nhwc;
            PoolDesc desc = pool_desc(
                op, of_type(type, packed(layout, {2, wide_channels ? width : 3, 11, wide_channels ? 9 : width})),
                window);
            desc.output_size = OutputSize::same_upper;
            desc.window.padding = {};
            check_pool(desc, static_cast<Values>(seed % 6), seed);
            ++seed;
          }
          check_pool(adaptive_desc(op, of_type(type, packed(layout, {1, width, 10, 7})), {3, 4}), Values::special,
                     seed);
          check_pool(global_desc(op, of_type(type, packed(layout, {2, width, 9, 8}))), Values::wide, seed);
        }
      }
    }
  }
}

TEST_CASE("every type: windows that are reduced along the row, clipped or strided, and rows by the tile") {
  for (const ElementType type : element_types) {
    for (const PoolOp op : pool_ops) {
      for (const Window& window : {Window({2, 50}, {1, 7}), Window({1, 64}, {1, 3}, {0, 9}), Window({3, 90}, {2, 11}),
                                   Window({1, 130}, {1, 5}), Window({20, 100}, {3, 4}, {7, 30})}) {
        for (const Values kind : {Values::wide, Values::special}) {
          check_pool(pool_desc(op, of_type(type, nchw({1, 2, 23, 201})), window), kind);
        }
      }
      check_pool(adaptive_desc(op, of_type(type, nchw({1, 2, 5, 400})), {2, 3}), Values::special);
      check_pool(global_desc(op, of_type(type, nchw({2, 3, 4, 301}))), Values::wide);
    }
  }
}

TEST_CASE("a window of padding alone gives the type's lowest and highest") {
  for (const ElementType type : element_types) {
    for (const PoolOp op : {PoolOp::max, PoolOp::min}) {
      PoolDesc desc = pool_desc(op, of_type(type, nchw({1, 2, 3, 3})), Window(2, 2, 4));
      check_pool(desc, Values::signed_uniform);
    }
  }
}

TEST_CASE("pointers and tensors of another type are refused") {
  PoolDesc desc = pool_desc(PoolOp::max, of_type(ElementType::u8, nchw({1, 1, 4})), Window(2));
  Result<PoolPlan> plan = PoolPlan::make(desc);
  REQUIRE(plan.ok());
  const Workspace workspace(*plan, serial_executor());
  std::uint8_t src[4] = {1, 2, 3, 4}, dst[2] = {9, 9};
  const float floats[4] = {};
  std::int8_t signs[2] = {};
  check_message(plan->run(floats, dst, workspace.context()), StatusCode::invalid_argument,
                {"src points at f32, the plan's src holds u8"});
  check_message(plan->run(src, signs, workspace.context()), StatusCode::invalid_argument,
                {"dst points at s8, the plan's dst holds u8"});
  CHECK(dst[0] == 9);
  CHECK(plan->run(src, dst, workspace.context()).ok());
  CHECK((dst[0] == 2 && dst[1] == 4));

  desc.dst = nchw({1, 1, 2}, ElementType::s8);
  check_message(PoolPlan::make(desc).status, StatusCode::invalid_argument, {"dst.type is s8, src has u8"});
  desc.dst = {};
  desc.rounding = static_cast<Rounding>(2);
  check_message(PoolPlan::make(desc).status, StatusCode::invalid_argument, {"rounding is 2"});

  MaxIndicesDesc indices;
  indices.pool = pool_desc(PoolOp::max, nchw({1, 1, 4}, ElementType::u8), Window(2));
  CHECK(MaxIndicesPlan::make(indices).ok());
  check_message(MaxPoolBackwardPlan::make(indices).status, StatusCode::unsupported, {"src.type is u8, gradients"});
  const PoolDesc average = pool_desc(PoolOp::average, nchw({1, 1, 4}, ElementType::s8), Window(2));
  check_message(AveragePoolBackwardPlan::make(average).status, StatusCode::unsupported, {"src.type is s8, gradients"});
}

TEST_CASE("element types have names and sizes") {
  CHECK(std::string(name(ElementType::bf16)) == "bf16");
  CHECK(std::string(name(static_cast<ElementType>(77))) == "unknown");
  CHECK(size_of(static_cast<ElementType>(77)) == 0);
  CHECK(!available(static_cast<ElementType>(77)));
  for (const ElementType type : element_types) CHECK(available(type));
}
