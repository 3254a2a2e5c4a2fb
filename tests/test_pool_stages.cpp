// Shapes for which pooling has stages of their own: windows that share their taps, planes of narrow rows,
// rows that are streamed. With NaN in any lane, the exact repetition runs too.
#include "support/doctest.hpp"

#include "support/check.hpp"
#include "support/reference.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

TEST_CASE("tall and wide windows that share their taps") {
  for (PoolOp op : {PoolOp::max, PoolOp::min}) {
    for (Layout layout : layouts) {
      for (std::int64_t channels : {3, 70}) {
        for (std::int64_t kernel : {6, 9, 13}) {
          for (const Window& window : {Window(kernel), Window(kernel, 1, kernel / 2), Window(kernel, 1, kernel, 2),
                                       Window(kernel, 2, 3), Window(kernel, 3, 1)}) {
            const PoolDesc desc = pool_desc(op, packed(layout, {1, channels, 18, 21}), window);
            check_pool(desc, Values::special);
            check_pool(desc, Values::integers);
          }
        }
      }
      // Four vectors of bytes side by side.
      for (ElementType type : {ElementType::u8, ElementType::s8}) {
        check_pool(pool_desc(op, packed(layout, {1, 320, 9, 21}, type), Window(9, 1, 4)));
      }
      // More rows than a task has, and windows in padding alone.
      check_pool(pool_desc(op, packed(layout, {1, 2, 150, 40}), Window(11, 1, 20)), Values::special);
    }
  }
}

// Groups of more channels than a strip has, parts of vectors, odd and even numbers of output rows, windows cut at every border
// or in padding alone.
TEST_CASE("windows that overlap, channels side by side") {
  for (PoolOp op : pool_ops) {
    for (std::int64_t channels : {8, 13, 17, 31, 32, 48, 65, 1100}) {
      for (std::int64_t rows : {3, 4, 7}) {
        const TensorDesc src = packed(Layout::nhwc, {2, channels, rows, 9});
        for (const Window& window : {Window(3, 1, 1), Window(3, 2, 1), Window(3, 1), Window(3, 2), Window(2, 1), Window(3, 1, 4),
                                     Window(5, 1, 2), Window({2, 3}, 1, 1), Window({3, 2}, 1), Window(3, 1, {1, 2}, {2, 1})}) {
          if (channels > 1000 && window.kernel.values[0] > 3) continue;
          check_pool(pool_desc(op, src, window));
          check_pool(pool_desc(op, src, window), Values::special);
        }
      }
    }
    for (ElementType type : {ElementType::f16, ElementType::bf16, ElementType::f64, ElementType::u8}) {
      TensorDesc src = packed(Layout::nhwc, {1, 33, 7, 9});
      src.type = type;
      for (const Window& window : {Window(3, 1, 1), Window(3, 2, 1)}) check_pool(pool_desc(op, src, window));
    }
    // Rows that few channels take in several pieces.
    for (std::int64_t channels : {9, 17, 33}) {
      for (const Window& window : {Window(3, 1, 1), Window(3, 2, 1), Window(3, 2), Window(3, {2, 1}, 1), Window(3, {1, 2}, 1)}) {
        PoolDesc desc = pool_desc(op, packed(Layout::nhwc, {1, channels, 8, 150}), window);
        check_pool(desc);
        check_pool(desc, Values::special);
        desc.divisor = Divisor::valid;
        check_pool(desc);
        desc.src = channel_slice(nhwc({1, 50, 8, 150}), channels);
        check_pool(desc, Values::wide);
      }
    }
  }
}

// One window a row: the whole width, with padding on the left, or cut. 256 and 1024 channels lie so that long sums are read column
// by column.
TEST_CASE("windows that stand alone, channels side by side") {
  for (PoolOp op : {PoolOp::max, PoolOp::min, PoolOp::average, PoolOp::lp}) {
    for (std::int64_t channels : {256, 300, 1024}) {
      for (ElementType type : {ElementType::f32, ElementType::bf16, ElementType::f64, ElementType::u8}) {
        if (type != ElementType::f32 && channels != 256) continue;
        if (type == ElementType::u8 && op == PoolOp::lp) continue;
        TensorDesc src = packed(Layout::nhwc, {1, channels, 14, 15});
        src.type = type;
        // A channel slice of one of 1024.
        if (channels == 300) src = channel_slice(nhwc({1, 1024, 14, 15}), 300);
        for (const Window& window : {Window({7, 15}, 7), Window({8, 15}, 3), Window({3, 15}), Window({14, 15}), Window({14, 20}, 1, {0, 3}),
                                     // Rows, then columns of padding alone.
                                     Window({2, 15}, 1, {4, 0}), Window({3, 4}, {3, 30}, {1, 5}),
                                     Window({7, 8}, {4, 9}), Window({8, 7}, {3, 9}), Window({9, 7}, {5, 9}), Window({12, 21}, {3, 1}, {2, 3})}) {
          PoolDesc desc = pool_desc(op, src, window);
          if (op == PoolOp::average) desc.divisor = Divisor::valid;
          if (!reference::geometry(desc).legal) desc.divisor = Divisor::full_kernel;  // nothing to divide by
          check_pool(desc);
          if (type == ElementType::f32) check_pool(desc, Values::special);
        }
      }
    }
  }
  // Fewer columns than virtual lanes, and not from the first lane on.
  check_pool(pool_desc(PoolOp::average, nhwc({1, 256, 14, 7}), Window({14, 10}, {1, 9}, {0, 3})));
}

// Several columns side by side, all channels of them together or a slice of each, in runs of rows.
TEST_CASE("tall windows that stand alone, channels side by side") {
  for (PoolOp op : {PoolOp::max, PoolOp::min, PoolOp::average}) {
    for (std::int64_t channels : {1, 3, 17, 64, 130, 256, 300}) {
      for (const Window& window : {Window({17, 12}), Window({24, 13}), Window({20, 13}, {9, 1}), Window({33, 13}), Window({40, 17}, {7, 1}, {5, 3}),
                                   Window({33, 21}, {1, 13}, {0, 4})}) {
        for (bool slice : {false, true}) {
          if (slice && channels == 1) continue;  // it has no walk
          TensorDesc src = packed(Layout::nhwc, {2, channels, 33, 13});
          if (slice) src = channel_slice(nhwc({2, 301, 33, 13}), channels);
          PoolDesc desc = pool_desc(op, src, window);
          if (op == PoolOp::average) desc.divisor = Divisor::valid;
          check_pool(desc);
          check_pool(desc, Values::special);
          if (op != PoolOp::average || channels > 64) continue;
          desc.src.type = ElementType::bf16;
          check_pool(desc);
          desc.src.type = ElementType::f16;
          check_pool(desc);
        }
      }
    }
    // Columns of a volume; of a plane wider than what is read side by side.
    check_pool(global_desc(op, packed(Layout::nhwc, {1, 18, 4, 6, 7})));
    check_pool(global_desc(op, packed(Layout::nhwc, {1, 3, 18, 400})));
    check_pool(global_desc(op, packed(Layout::nhwc, {1, 9, 25, 200})), Values::special);
  }
}

TEST_CASE("rows of every narrow width, and the first that are streamed") {
  for (PoolOp op : pool_ops) {
    for (std::int64_t width = 5; width <= 4 * 16 + 6; ++width) {
      const TensorDesc src = packed(Layout::nchw, {2, 3, 7, width});
      for (const Window& window :
           {Window(2, 2), Window(3, 2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 1, 2), Window(3, 1, {2, 1})}) {
        check_pool(pool_desc(op, src, window));
        check_pool(pool_desc(op, src, window), Values::special);
      }
    }
  }
}

TEST_CASE("windows five columns wide") {
  for (std::int64_t channels : {8, 17, 64, 70, 200}) {
    for (std::int64_t width : {3, 5, 8, 20}) {
      for (const Window& window : {Window(5, 1, 2), Window({5, 5}, 1, {0, 2}, 1), Window({1, 5}, 1, {0, 4}, 1),
                                   Window({4, 5}, {2, 1}, {1, 3}, 1)}) {
        const PoolDesc desc = pool_desc(PoolOp::max, packed(Layout::nhwc, {2, channels, 7, width}), window);
        check_pool(desc);
        check_pool(desc, Values::special);
      }
    }
  }
}

TEST_CASE("divisors of narrow rows") {
  for (Divisor divisor : {Divisor::valid, Divisor::padded, Divisor::full_kernel}) {
    for (std::int64_t width : {2, 7, 16, 33}) {
      for (const Window& window : {Window(3, 1, 1), Window(3, 2, 1), Window(2, 2)}) {
        PoolDesc desc = pool_desc(PoolOp::average, packed(Layout::nchw, {1, 4, 6, width}), window);
        desc.divisor = divisor;
        check_pool(desc, Values::cancelling);
      }
    }
  }
}

TEST_CASE("one window to a plane, planes of every width side by side") {
  for (PoolOp op : pool_ops) {
    for (std::int64_t channels : {1, 5, 16, 37}) {
      for (std::int64_t height : {1, 3, 7, 9}) {
        for (std::int64_t width : {1, 3, 4, 7, 8, 9, 14, 15, 16, 17, 24, 31, 32, 41}) {
          const PoolDesc desc = global_desc(op, packed(Layout::nchw, {2, channels, height, width}));
          check_pool(desc, Values::cancelling);
          check_pool(desc, Values::special);
        }
      }
      check_pool(global_desc(op, packed(Layout::nchw, {2, channels, 3, 4, 5})), Values::cancelling);
      check_pool(global_desc(op, packed(Layout::nchw, {1, channels, 5, 7, 9})), Values::cancelling);
      // Taps apart, behind the last, and in padding.
      const TensorDesc src = packed(Layout::nchw, {1, channels, 9, 12});
      for (const Window& window : {Window({3, 10}, 12, 0, {3, 1}), Window({12, 14}, 20, {2, 0}),
                                   Window({9, 12}, 12, {0, 3}), Window({2, 2}, 30, {0, 0}, {1, 13})}) {
        PoolDesc desc = pool_desc(op, src, window);
        desc.window.padding_end = {3, 2};
        check_pool(desc, Values::cancelling);
      }
    }
  }
}

TEST_CASE("large planes are cut into rows, wherever the rows are streamed or stay in registers") {
  for (PoolOp op : pool_ops) {
    for (std::int64_t width : {14, 60, 200}) {
      for (const Window& window : {Window(2, 2), Window(3, 2, 1), Window(3, 1, 1)}) {
        check_pool(pool_desc(op, packed(Layout::nchw, {1, 1, 3000, width}), window), Values::special);
      }
    }
  }
}

TEST_CASE("tensors that come from memory, whose windows fetch ahead") {
  for (PoolOp op : {PoolOp::max, PoolOp::average}) {
    for (const Window& window : {Window(2, 2), Window(3, 2, 1), Window(3, 1, 1)}) {
      check_pool(pool_desc(op, packed(Layout::nhwc, {1, 72, 260, 230}), window), Values::special);  // 17 MB
    }
  }
}
