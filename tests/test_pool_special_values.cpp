// NaN, infinities and signed zeros at every position of vector bodies and tails.
#include "support/doctest.hpp"

#include <limits>

#include "support/bits.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/reference.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
const float specials[] = {inf, -inf, float_of(0x7fc00000u), float_of(0xffc00001u), float_of(0x7f800001u), -0.0f};

// Every special value at every position of the last axis and of the channels, one at a time.
void check_every_position(PoolOp op, Layout layout, const Window& window, float background) {
  const bool along_channels = layout == Layout::nhwc;
  const std::int64_t length = 2 * 16 + 3;
  const std::vector<std::int64_t> dims =
      along_channels ? std::vector<std::int64_t>{1, length, 4, 5} : std::vector<std::int64_t>{1, 2, 4, length};
  const PoolDesc desc = pool_desc(op, packed(layout, dims), window);
  const std::int64_t step = along_channels ? 4 * 5 : 1;
  for (std::int64_t position = 0; position < length; ++position) {
    for (float special : specials) {
      Dense src(dims);
      for (float& v : src.values) v = background;
      src.values[static_cast<std::size_t>(position * step + (along_channels ? 7 : length))] = special;
      check_pool(desc, src);
    }
  }
}

Dense filled(float value) {
  Dense d({1, 19, 4, 19});
  for (float& v : d.values) v = value;
  return d;
}

}  // namespace

TEST_CASE("special values at every position") {
  for (PoolOp op : pool_ops) {
    for (Layout layout : layouts) {
      for (const Window& window : {Window(3, 1, 1), Window(2), Window(3, 2, 1)})
        check_every_position(op, layout, window, -1.5f);
      check_every_position(op, layout, Window(3, 1, 1), 0.0f);
      check_every_position(op, layout, Window({4, 17}, {1, 3}, {0, 8}), 0.25f);  // f64 sums
    }
  }
}

TEST_CASE("a tensor of one value") {
  for (float value : {inf, -inf, -0.0f, 0.0f, float_of(0x7fc00000u), 3e38f, -3.4e38f, 1e-45f}) {
    for (PoolOp op : pool_ops) {
      for (Layout layout : layouts) {
        const TensorDesc src = packed(layout, {1, 19, 4, 19});
        check_pool(pool_desc(op, src, Window(3, 1, 1)), filled(value));
        check_pool(pool_desc(op, src, Window(2)), filled(value));
        check_pool(global_desc(op, src), filled(value));
        check_pool(adaptive_desc(op, src, {3, 5}), filled(value));
      }
    }
  }
}

TEST_CASE("no zero result is negative") {
  for (PoolOp op : pool_ops) {
    for (Layout layout : layouts) {
      const PoolDesc desc = pool_desc(op, packed(layout, {1, 19, 4, 19}), Window(3, 1, op == PoolOp::average ? 3 : 1));
      for_each_isa([&](Isa isa) {
        How how;
        how.isa = isa;
        for (float y : run_pool(desc, filled(-0.0f), how).values) CHECK(bits_of(y) == 0);
      });
    }
  }
}

TEST_CASE("special values among others, all kinds of windows") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Random random(seed);
    const PoolDesc desc = random_pool(random);
    if (!reference::geometry(desc).legal) continue;
    INFO("seed ", seed);
    check_pool(desc, Values::special, seed);
  }
}
