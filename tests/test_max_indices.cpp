// Max pooling with indices, the way back and unpooling: every index type, boundaries, ties and NaN, indices
// that no pooling made.
#include "support/doctest.hpp"

#include <climits>
#include <cmath>

#include "support/cases.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/executors.hpp"
#include "support/pool_indices.hpp"
#include "support/reference.hpp"
#include "support/refusal.hpp"
#include "support/workspace.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Dims1 = std::vector<std::int64_t>;

MaxIndicesDesc indices_desc(const PoolDesc& pool, IndexType type) {
  MaxIndicesDesc desc;
  desc.pool = pool;
  desc.index_type = type;
  return desc;
}

void check_all_types(const PoolDesc& pool, Values kind = Values::integers, std::uint64_t seed = 1) {
  INFO(text_of(pool));
  for (IndexType type : index_types) {
    if (type == IndexType::u8 && reference::geometry(pool).window() > 255) {
      CHECK(MaxIndicesPlan::make(indices_desc(pool, type)).status.code == StatusCode::invalid_argument);
      continue;
    }
    check_max_indices(indices_desc(pool, type), make_values(dims_of(pool.src), kind, seed));
  }
}

// The gradient, and unpooling.
void check_ways_back(const MaxIndicesDesc& desc, const Dense& src, const Indices& indices) {
  for (bool add : {true, false}) {
    std::int64_t expected = 0;
    const Dense y = reference::scatter(desc, add, src, indices, expected);
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      std::int64_t skipped = -1;
      CHECK(difference(run_scatter(desc, add, src, indices, how, skipped), y) == "");
      CHECK(skipped == expected);
    });
  }
}

// Unpooling of packed planes by indices that all name an input.
template <class T>
std::vector<T> moved(const MaxIndicesDesc& desc, const std::vector<T>& src, const std::vector<std::int64_t>& indices) {
  const std::vector<std::int64_t> dims = dims_of(desc.pool.src), out = reference::geometry(desc.pool).output_dims(desc.pool.src);
  const std::int64_t c = dims[1], plane = dims[2] * dims[3], windows = out[2] * out[3];
  const bool last = desc.pool.src.strides[1] == 1;
  std::vector<T> y(static_cast<std::size_t>(dims[0] * c * plane));
  for (std::int64_t n = 0; n < dims[0]; ++n) {
    for (std::int64_t w = 0; w < windows; ++w) {
      for (std::int64_t k = 0; k < c; ++k) {
        const std::size_t from = static_cast<std::size_t>(last ? (n * windows + w) * c + k : (n * c + k) * windows + w);
        const std::int64_t to = last ? (n * plane + indices[from]) * c + k : (n * c + k) * plane + indices[from];
        y[static_cast<std::size_t>(to)] = src[from];
      }
    }
  }
  return y;
}
template <class T>
void check_bits(PoolDesc pool, ElementType type) {
  pool.src.type = type;
  INFO(text_of(pool));
  const MaxIndicesDesc desc = indices_desc(pool, IndexType::i64);
  const Dense own = make_values(dims_of(pool.src), Values::signed_uniform, 4);
  // In the order of memory.
  const std::vector<std::int64_t> out = reference::geometry(pool).output_dims(pool.src);
  const Indices in_order = reference::max_indices(indices_desc(pool_desc(PoolOp::max, pool.src, pool.window), IndexType::i64), own).indices;
  const std::int64_t c = out[1], windows = out[2] * out[3];
  std::vector<std::int64_t> indices(in_order.size());
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(indices.size()); ++i) {
    const std::int64_t n = i / (c * windows), k = i / windows % c, w = i % windows;
    indices[static_cast<std::size_t>(pool.src.strides[1] == 1 ? (n * windows + w) * c + k : i)] = in_order[static_cast<std::size_t>(i)];
  }
  std::vector<T> src(indices.size());
  Random random(17);
  for (T& x : src) {
    const std::uint64_t bits = random.next();
    // Half of them NaNs of both kinds, denormals, -0 and the like.
    x = static_cast<T>(bits % 2 != 0 ? bits : bits | std::uint64_t{0x7ff07f807f807c00});
    if (bits % 16 == 4) x = static_cast<T>(T(1) << (8 * sizeof(T) - 1));
  }
  const std::vector<T> expected = moved(desc, src, indices);
  for_each_isa([&](Isa isa) {
    const Result<MaxUnpoolPlan> plan = MaxUnpoolPlan::make(desc, {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    std::vector<T> y(expected.size(), T(1));
    const Workspace workspace(*plan, serial_executor());
    std::int64_t skipped = -1;
    CHECK(plan->run(static_cast<const void*>(src.data()), indices.data(), static_cast<void*>(y.data()), workspace.context(), &skipped).ok());
    CHECK(skipped == 0);
    CHECK((y == expected));
  });
}

}  // namespace

TEST_CASE("max with indices: every width, channel count, kernel and stride") {
  for (Layout layout : layouts) {
    for (std::int64_t w : {1, 2, 7, 16, 17, 33, 40, 70}) {
      for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 3, 2), Window(3, 2, 0, 2),
                                   Window({1, 4}, 1, {0, 2})}) {
        const PoolDesc pool = pool_desc(PoolOp::max, packed(layout, {2, 3, 9, w}), window);
        if (reference::geometry(pool).legal) check_all_types(pool);
      }
    }
    for (std::int64_t c : {1, 7, 8, 15, 16, 17, 33, 70}) {
      for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 1, 2), Window(3, 2, 1, 2)}) {
        check_all_types(pool_desc(PoolOp::max, packed(layout, {1, c, 8, 9}), window));
      }
    }
  }
}

TEST_CASE("max with indices: small windows down the rows of planes") {
  const auto pool_of = [](std::int64_t h, std::int64_t w, std::int64_t kernel, std::int64_t stride, std::int64_t begin,
                          std::int64_t end) {
    Window window(kernel, stride, begin);
    window.padding_end = end;
    return pool_desc(PoolOp::max, packed(Layout::nchw, {1, 3, h, w}), window);
  };
  for (std::int64_t kernel : {2, 3}) {
    for (std::int64_t stride : {1, 2}) {
      for (std::int64_t begin : {0, 1}) {
        for (std::int64_t end : {0, 2}) {
          for (std::int64_t w : {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 18, 19, 24, 31, 32, 33, 34, 35, 36, 48, 64, 65, 66, 67}) {
            for (std::int64_t h : {1, 2, 5, 12}) {
              const PoolDesc pool = pool_of(h, w, kernel, stride, begin, end);
              if (!reference::geometry(pool).legal) continue;
              check_all_types(pool);
              check_all_types(pool, Values::special, static_cast<std::uint64_t>(w));
            }
          }
        }
      }
    }
  }
  for_each_isa([&](Isa isa) {
    if (isa == Isa::portable) return;
    for (std::int64_t kernel : {2, 3}) {
      Result<MaxIndicesPlan> plan =
          MaxIndicesPlan::make(indices_desc(pool_of(12, 33, kernel, 2, 1, 1), IndexType::u8), {isa, StorePolicy::automatic});
      REQUIRE_MESSAGE(plan.ok(), message_of(plan));
      CHECK_MESSAGE(contains(explain(*plan), "stages=bands"), explain(*plan));
    }
  });
}

TEST_CASE("max with indices: adaptive, global, 1-D and 3-D, padding alone") {
  for (Layout layout : layouts) {
    for (std::int64_t c : {3, 17}) {
      check_all_types(global_desc(PoolOp::max, packed(layout, {2, c, 9, 11})));
      check_all_types(global_desc(PoolOp::max, packed(layout, {1, c, 40, 150})));
      check_all_types(adaptive_desc(PoolOp::max, packed(layout, {2, c, 9, 31}), {4, 7}));
      check_all_types(adaptive_desc(PoolOp::max, packed(layout, {2, c, 9, 40}), {4, 20}));
      check_all_types(pool_desc(PoolOp::max, packed(layout, {2, c, 50}), Window(3, 2, 1)));
      check_all_types(pool_desc(PoolOp::max, packed(layout, {2, c, 6, 7, 20}), Window(3, 2, 1)));
      check_all_types(pool_desc(PoolOp::max, packed(layout, {1, c, 5, 6, 7}), Window(2, 1, 1, 2)));
      check_all_types(adaptive_desc(PoolOp::max, packed(layout, {1, c, 5, 6, 7}), {2, 4, 3}));
      check_all_types(pool_desc(PoolOp::max, packed(layout, {1, c, 5, 6}), Window(2, 2, 5)));
      check_all_types(pool_desc(PoolOp::max, packed(layout, {1, c, 30, 30}), Window(13, 1, 6)));
    }
  }
}

TEST_CASE("max with indices: every element type") {
  for (const ElementType element : element_types) {
    Random random(21);
    const auto check = [&](PoolDesc pool) {
      pool.src.type = element;
      INFO(text_of(pool));
      for (IndexType type : index_types) {
        if (type == IndexType::u8 && reference::geometry(pool).window() > 255) continue;
        for (Values kind : {Values::integers, Values::special}) {
          with_values(pool.src, kind, random, [&](const auto& x) { check_max_indices(indices_desc(pool, type), x); });
        }
      }
    };
    for (Layout layout : layouts) {
      for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 3, 2), Window(3, 2, 0, 2)}) {
        for (std::int64_t w : {7, 33, 70}) check(pool_desc(PoolOp::max, packed(layout, {2, 3, 9, w}), window));
        for (std::int64_t c : {1, 2, 17, 40}) check(pool_desc(PoolOp::max, packed(layout, {1, c, 8, 9}), window));
      }
      check(global_desc(PoolOp::max, packed(layout, {2, 19, 9, 11})));
      check(adaptive_desc(PoolOp::max, packed(layout, {2, 19, 9, 31}), {4, 7}));
      check(pool_desc(PoolOp::max, packed(layout, {2, 9, 6, 7, 20}), Window(3, 2, 1)));
      check(pool_desc(PoolOp::max, packed(layout, {1, 9, 5, 6}), Window(2, 2, 5)));  // padding alone
      check(pool_desc(PoolOp::max, packed(layout, {1, 2, 300, 80}), Window({100, 2}, {50, 1})));
      // Long windows along a row: whole, clipped, as many as the row.
      check(pool_desc(PoolOp::max, packed(layout, {1, 2, 3, 201}), Window({1, 70}, {1, 3}, {0, 35})));
      check(pool_desc(PoolOp::max, packed(layout, {1, 2, 3, 201}), Window({2, 70}, 1)));
      check(global_desc(PoolOp::max, packed(layout, {1, 2, 1, 300})));
    }
  }
}

TEST_CASE("max with indices: strides and dilations far beyond the input") {
  constexpr std::int64_t far = INT64_MAX / 128, apart = std::int64_t{1} << 61;
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {1, 17, 9, 40});
    for (const Window& window :
         {Window({2, 3}, {far, 1}), Window({2, 3}, {1, far}), Window(2, {far, 2}, {apart, 0}, {apart, 1})}) {
      PoolDesc pool = pool_desc(PoolOp::max, src, window);
      check_all_types(pool);
      pool.op = PoolOp::average;
      check_average_backward(pool, make_values(reference::geometry(pool).output_dims(src), Values::integers, 1));
    }
  }
}

TEST_CASE("max with indices: windows that end long before the input does") {
  for (Layout layout : layouts) {
    for (std::int64_t c : {1, 17}) {
      for (const Window& window : {Window(2, 1), Window(2), Window(3, 1, 1), Window(3, 2, 1), Window(5, 1, 2)}) {
        for (std::int64_t out : {1, 4, 190}) {
          check_all_types(given_desc(PoolOp::max, layout, {2, c, 4, 600}, {2, c, 2, out}, window));
        }
      }
    }
  }
}

TEST_CASE("max with indices: rows too many to keep") {
  for (Layout layout : layouts) {
    check_all_types(pool_desc(PoolOp::max, packed(layout, {1, 2, 300, 700}), Window({290, 2}, {5, 1})));
  }
}

TEST_CASE("max with indices: columns first, and of the whole tensor") {
  for (const ElementType element : {ElementType::f32, ElementType::f64, ElementType::bf16, ElementType::u8}) {
    Random random(31);
    const auto check = [&](PoolDesc pool) {
      pool.src.type = element;
      INFO(text_of(pool));
      for (IndexType type : {IndexType::i32, IndexType::i64}) {
        for (const Counting& counting : countings(type)) {
          MaxIndicesDesc desc = indices_desc(pool, type);
          desc.index_order = counting.order;
          desc.index_scope = counting.scope;
          with_values(pool.src, Values::integers, random, [&](const auto& x) { check_max_indices(desc, x); });
        }
      }
    };
    for (Layout layout : layouts) {
      check(pool_desc(PoolOp::max, packed(layout, {2, 3, 9, 40}), Window(3, 2, 1)));
      check(pool_desc(PoolOp::max, packed(layout, {2, 19, 8, 9}), Window(3, 2, 1)));
      check(pool_desc(PoolOp::max, packed(layout, {2, 1, 8, 70}), Window(3, 1, 1)));
      check(pool_desc(PoolOp::max, packed(layout, {1, 1, 5, 67}), Window(3, 2)));  // whole vectors up to the row's end
      check(pool_desc(PoolOp::max, packed(layout, {2, 9, 6, 7, 20}), Window(3, 2, 1, 2)));
      check(adaptive_desc(PoolOp::max, packed(layout, {2, 9, 5, 6, 7}), {2, 4, 3}));
      check(global_desc(PoolOp::max, packed(layout, {2, 2, 9, 150})));
      check(pool_desc(PoolOp::max, packed(layout, {2, 9, 5, 6}), Window(2, 2, 5)));  // padding alone
    }
  }
}

TEST_CASE("max with indices: NaN at every position, infinities, zeros of both signs") {
  for (Layout layout : layouts) {
    for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(4, 4, 0)}) {
      const PoolDesc pool = pool_desc(PoolOp::max, packed(layout, {1, 18, 8, 37}), window);
      for (std::uint64_t seed = 1; seed < 6; ++seed) check_all_types(pool, Values::special, seed);
      Dense x(dims_of(pool.src));
      for (float& v : x.values) v = -INFINITY;
      check_max_indices(indices_desc(pool, IndexType::i64), x);
      for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = i % 3 == 0 ? 0.0f : -0.0f;
      check_max_indices(indices_desc(pool, IndexType::i32), x);
    }
  }
  const PoolDesc long_row = global_desc(PoolOp::max, packed(Layout::nchw, {1, 1, 2, 100}));
  for (int at = 0; at < 200; at += 7) {
    Dense x = make_values({1, 1, 2, 100}, Values::integers, 5);
    x.values[at] = NAN;
    x.values[199] = NAN;
    check_max_indices(indices_desc(long_row, IndexType::i64), x);
  }
}

TEST_CASE("indices that no pooling made are skipped and counted") {
  for (Layout layout : layouts) {
    for (const Window& window : {Window(2), Window(3, 1, 1)}) {
      for (const Dims1& dims : {Dims1{2, 9, 6, 7}, {2, 21, 58, 61}}) {  // the second is shared out
        const PoolDesc pool = pool_desc(PoolOp::max, packed(layout, dims), window);
        const Dense gradient = make_values(reference::geometry(pool).output_dims(pool.src), Values::signed_uniform, 3);
        for (const auto& [type, scope] : {std::pair{IndexType::u8, IndexScope::plane},
                                          {IndexType::i32, IndexScope::plane},
                                          {IndexType::i64, IndexScope::plane},
                                          {IndexType::i32, IndexScope::tensor},
                                          {IndexType::i64, IndexScope::tensor}}) {
          MaxIndicesDesc desc = indices_desc(pool, type);
          desc.index_scope = scope;
          if (scope == IndexScope::tensor) desc.index_order = IndexOrder::column_major;
          Indices indices =
              reference::max_indices(desc, make_values(dims_of(pool.src), Values::signed_uniform, 4)).indices;
          const std::int64_t plane = dims[2] * dims[3];
          const std::int64_t narrow[] = {-1, plane, INT_MAX, INT_MIN, plane + 1};
          const std::int64_t wide[] = {-1, plane, (1LL << 32) + 3, INT64_MIN, INT64_MAX};
          const std::int64_t taps[] = {255, 9, 254, 100, 16};
          for (std::size_t i = 0; i < indices.size(); i += 3) {
            indices[i] = (type == IndexType::u8 ? taps : type == IndexType::i32 ? narrow : wide)[i / 3 % 5];
          }
          // Taps that lie on padding: above the plane, and left of its second row, where the first one ends.
          if (type == IndexType::u8 && window.padding.count != 0) indices[1] = indices[2 * gradient.dims[3]] = 0;
          for (bool add : {true, false}) {
            std::int64_t expected = 0;
            const Dense y = reference::scatter(desc, add, gradient, indices, expected);
            CHECK(expected >= static_cast<std::int64_t>(indices.size() / 4));
            for_each_isa([&](Isa isa) {
              for (const Executor& executor : {serial_executor(), shared_pool(3).executor(), reversed_executor()}) {
                How how;
                how.isa = isa;
                how.executor = executor;
                std::int64_t skipped = -1;
                CHECK(difference(run_scatter(desc, add, gradient, indices, how, skipped), y) == "");
                CHECK(skipped == expected);
              }
            });
          }
        }
      }
    }
  }
}

// Blocks of inputs: every window names every tap there is and is not, beside windows that are right.
TEST_CASE("ways back of max pooling: small windows, each tap of each window, of an input and of none") {
  for (const TensorDesc& src : {nhwc({1, 35, 7, 7}), nchw({1, 2, 7, 13}), nchw({1, 2, 7, 36})}) {
    const std::int64_t plane = src.dims[2] * src.dims[3];
    for (Window window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(3, 2), Window(2, 2, 1), Window(3, 1, 2)}) {
      const std::int64_t taps = window.kernel.values[0] * window.kernel.values[0];
      for (std::int64_t end : {0, 1, 2}) {
        window.padding_end = end;
        const PoolDesc pool = pool_desc(PoolOp::max, src, window);
        if (!reference::geometry(pool).legal) continue;
        const Dense gradient = make_values(reference::geometry(pool).output_dims(src), Values::cancelling, 3);
        for (IndexType type : index_types) {
          const MaxIndicesDesc desc = indices_desc(pool, type);
          INFO(text_of(pool), " index_type ", static_cast<int>(type));
          const Indices own = reference::max_indices(desc, make_values(dims_of(src), Values::special, 4)).indices;
          check_ways_back(desc, gradient, own);
          // All windows at once, among them some that name none; then one, beside others that are right.
          for (std::int64_t t = 0; t < 12; ++t) {
            Indices all = own;
            for (std::size_t i = 0; i < all.size(); ++i) {
              all[i] = type == IndexType::u8 ? (static_cast<std::int64_t>(i) + t) % (taps + t / 9) : (own[i] + t * 5) % (plane + t / 9);
            }
            check_ways_back(desc, gradient, all);
          }
          for (std::size_t i = 0; i < own.size(); i += src.dims[1] == 2 ? 1 : 23) {
            Indices one = own;
            one[i] = type == IndexType::u8 ? static_cast<std::int64_t>(i) % (taps + 1) : (own[i] + 1) % (plane + 1);
            check_ways_back(desc, gradient, one);
          }
        }
      }
    }
    for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1)}) {
      const MaxIndicesDesc desc = indices_desc(pool_desc(PoolOp::max, src, window), IndexType::u8);
      const std::string back = explain(MaxPoolBackwardPlan::make(desc).value), unpool = explain(MaxUnpoolPlan::make(desc).value);
      CHECK_MESSAGE((contains(back, "stages=blocks") || contains(back, "isa=portable")), back);
      if (window.kernel.values[0] == 2) CHECK_MESSAGE((contains(unpool, "stages=blocks") || contains(unpool, "isa=portable")), unpool);
    }
  }
}

// Fast where every index is one that its window can have; one that is not, anywhere, is a matter of its own.
TEST_CASE("ways back of max pooling: one index of another window, or of none") {
  for (Layout layout : layouts) {
    for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(3, 1, 1, 2)}) {
      const PoolDesc pool = pool_desc(PoolOp::max, packed(layout, {2, 18, 9, 37}), window);
      const Dense gradient = make_values(reference::geometry(pool).output_dims(pool.src), Values::signed_uniform, 3);
      for (IndexType type : {IndexType::u8, IndexType::i32, IndexType::i64}) {
        const MaxIndicesDesc desc = indices_desc(pool, type);
        const Indices own =
            reference::max_indices(desc, make_values(dims_of(pool.src), Values::signed_uniform, 4)).indices;
        const std::int64_t none = type == IndexType::u8 ? 254 : 9 * 37, another = type == IndexType::u8 ? 8 : 9 * 37 - 1;
        for (std::int64_t index : {std::int64_t{-1}, none, another}) {
          Indices indices = own;
          if (index != -1) indices[indices.size() / 2] = index;
          check_ways_back(desc, gradient, indices);
          for_each_isa([&](Isa isa) {
            if (layout != Layout::nhwc || isa == Isa::portable) return;
            PlanOptions options;
            options.isa = isa;
            CHECK(contains(explain(MaxPoolBackwardPlan::make(desc, options).value), "stages=collect"));
          });
        }
      }
    }
  }
}

// Strips of channels side by side, the last of which is one channel wide.
TEST_CASE("ways back of max pooling: a strip of one channel among others") {
  const Window small(2), wide(3, 1, 1);
  for (const PoolDesc& pool : {pool_desc(PoolOp::max, nhwc({1, 32769, 2, 4}), small), pool_desc(PoolOp::max, nhwc({1, 10913, 2, 2}), wide),
                               pool_desc(PoolOp::max, nhwc({1, 33, 2, 2800}), small), pool_desc(PoolOp::max, nhwc({1, 577, 4, 224}), small)}) {
    const Dense src = make_values(dims_of(pool.src), Values::signed_uniform, 5);
    for (IndexType type : {IndexType::i32, IndexType::i64}) {
      INFO(text_of(pool));
      check_max_indices(indices_desc(pool, type), src);
    }
  }
}

TEST_CASE("max unpooling moves bits, whatever they mean") {
  for (Layout layout : layouts) {
    for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(4, 2, 1)}) {
      const PoolDesc pool = pool_desc(PoolOp::max, packed(layout, {2, 37, 9, 35}), window);
      check_bits<std::uint32_t>(pool, ElementType::f32);
      check_bits<std::uint64_t>(pool, ElementType::f64);
      check_bits<std::uint16_t>(pool, ElementType::f16);
      check_bits<std::uint16_t>(pool, ElementType::bf16);
      check_bits<std::uint8_t>(pool, ElementType::s8);
      check_bits<std::uint8_t>(pool, ElementType::u8);
    }
  }
}

TEST_CASE("max with indices: refusals") {
  const PoolDesc pool = pool_desc(PoolOp::max, nchw({1, 2, 20, 20}), Window(16, 1));
  const auto message = [](const MaxIndicesDesc& desc) {
    const std::string text = message_of(MaxIndicesPlan::make(desc));
    CHECK(message_of(MaxUnpoolPlan::make(desc)) == text);
    CHECK(message_of(MaxPoolBackwardPlan::make(desc)) == text);
    return text;
  };
  CHECK(message(indices_desc(pool, IndexType::u8)) == "index_type is u8, a window has 256 taps, must be <= 255");
  CHECK(message(indices_desc(pool, static_cast<IndexType>(3))) == "index_type is 3, no known value");
  MaxIndicesDesc desc = indices_desc(pool, IndexType::i32);
  desc.index_order = static_cast<IndexOrder>(2);
  CHECK(message(desc) == "index_order is 2, no known value");
  desc.index_order = IndexOrder::row_major;
  desc.index_scope = static_cast<IndexScope>(-1);
  CHECK(message(desc) == "index_scope is -1, no known value");
  desc = indices_desc(pool_desc(PoolOp::max, nchw({1, 2, 20, 20}), Window(2)), IndexType::u8);
  desc.index_order = IndexOrder::column_major;
  CHECK(message(desc) == "index_order is column_major, u8 counts in the window");
  desc.index_order = IndexOrder::row_major;
  desc.index_scope = IndexScope::tensor;
  CHECK(message(desc) == "index_scope is tensor, u8 counts in the window");
  desc = indices_desc(pool_desc(PoolOp::max, nchw({1000, 100, 200, 200}), Window(2)), IndexType::i32);
  CHECK(message(desc) == "");
  desc.index_scope = IndexScope::tensor;
  CHECK(message(desc) == "index_type is i32, src has 4000000000 elements, must be <= 2147483647 in one tensor");
  desc = indices_desc(pool_desc(PoolOp::max, nchw({1, 1, 50000, 50000}), Window(2)), IndexType::i64);
  CHECK(message(desc) == "");
  desc.index_order = IndexOrder::column_major;
  CHECK(message(desc) == "index_order is column_major, a plane has 2500000000 elements, must be <= 2147483647");
  desc = indices_desc(pool, IndexType::i32);
  desc.indices = nchw({1, 2, 5, 6});
  CHECK(message(desc) == "indices.dims[3] is 6, dst has 5");
  desc.indices = nchw({1, 2, 5});
  CHECK(message(desc) == "indices.rank is 3, dst has 4");
  desc.indices = nhwc({1, 2, 5, 5});
  CHECK(message(desc) == "indices.strides: neither C nor the last spatial dim has stride 1 in every tensor");
  desc = indices_desc(pool, IndexType::i32);
  desc.pool.op = PoolOp::min;
  CHECK(message(desc) == "op is 1, only max (0) has indices");
  desc.pool = pool;
  desc.pool.src = nchw({1, 2, 50000, 50000});
  CHECK(message(desc) == "index_type is i32, a plane has 2500000000 elements, must be <= 2147483647");
  desc.index_type = IndexType::i64;  // flat indices fit, those within a window do not
  desc.pool.window = Window(50000, 1);
  CHECK(contains(message_of(MaxIndicesPlan::make(desc)), "a row or a window of src spans 2500000000 elements"));
  desc.index_type = IndexType::i32;
  desc.pool.window = pool.window;
  desc.pool.src = nchw({1, 2, 20, 20});
  desc.pool.src.strides[1] = 0;
  CHECK(message(desc) == "src.strides[1] is 0, must be >= 1");
  desc.pool.src.strides[1] = 10;  // what is written may not overlap
  CHECK(MaxIndicesPlan::make(desc).ok());
  CHECK(message_of(MaxUnpoolPlan::make(desc)) == "src.strides[1] is 10: elements of src overlap");

  const Result<MaxIndicesPlan> plan = MaxIndicesPlan::make(indices_desc(pool, IndexType::i32));
  std::vector<float> x(800), y(50);
  std::vector<std::int32_t> at(50);
  std::vector<char> memory(plan.value.workspace_bytes(serial_executor()));
  const RunContext context{serial_executor(), memory.data(), memory.size()};
  const auto run = [&](const float* src, float* dst, void* indices) {
    return message_of(plan.value.run(src, dst, indices, context));
  };
  CHECK(run(nullptr, y.data(), at.data()) == "src is null");
  CHECK(run(x.data(), nullptr, at.data()) == "dst is null");
  CHECK(run(x.data(), y.data(), nullptr) == "indices is null");
  CHECK(run(x.data(), x.data() + 5, at.data()) == "src and dst overlap");
  CHECK(run(x.data(), y.data(), x.data() + 5) == "src and indices overlap");
  CHECK(run(x.data(), y.data(), y.data() + 5) == "dst and indices overlap");
  CHECK(run(x.data(), y.data(), reinterpret_cast<char*>(at.data()) + 1) == "indices is not aligned to its elements");
  CHECK(run(x.data(), y.data(), at.data()) == "");
}
