// Training chains against the operations one by one: statistics, norm, pool, and their gradients.
#include "support/doctest.hpp"

#include <cmath>

#include <poolnorm/poolnorm.hpp>

#include "support/check.hpp"
#include "support/executors.hpp"
#include "support/training_chain.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

TrainingChainCase chain_of(const TensorDesc& src, const PoolDesc& pool, std::uint64_t seed = 1) {
  TrainingChainCase c = training_chain_case(src, pool, normal_values(dims_of(src), 0.5, 2, seed), seed);
  c.norm.desc.activation = relu();
  c.norm.desc.mask = true;
  return c;
}

void add_residual(TrainingChainCase& c, const TensorDesc& residual) {
  c.norm.desc.residual = residual;
  c.norm.r = normal_values(c.norm.x.dims, 0, 1, 7);
}

PoolDesc lp_desc(double p, const TensorDesc& src, const Window& window) {
  PoolDesc pool = pool_desc(PoolOp::lp, src, window);
  pool.p = p;
  return pool;
}

// Pools of every stage and gap: t's rows shared, seen once, and not at all.
std::vector<PoolDesc> pools_of(const TensorDesc& src) {
  std::vector<PoolDesc> all;
  for (PoolOp op : {PoolOp::max, PoolOp::average}) {
    for (const Window& w : {Window(3, 2, 1), Window(2), Window(3, 1, 1), Window(2, 3), Window(5, 1, 2)}) {
      all.push_back(pool_desc(op, src, w));
    }
    all.push_back(adaptive_desc(op, src, 3));
    all.push_back(global_desc(op, src));
  }
  for (double p : {1, 2}) {
    for (const Window& w : {Window(3, 2, 1), Window(2), Window(2, 3)}) all.push_back(lp_desc(p, src, w));
  }
  all.push_back(global_desc(PoolOp::lp, src));
  return all;
}

}  // namespace

TEST_CASE("a training chain has the bits of norm, pool and their gradients") {
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims :
         std::vector<std::vector<std::int64_t>>{{2, 5, 9, 11}, {3, 24, 12, 10}, {2, 17, 23}, {1, 6, 5, 6, 7}}) {
      const TensorDesc src = packed(layout, dims);
      for (const PoolDesc& pool : pools_of(src)) {
        INFO(text_of(pool));
        TrainingChainCase c = chain_of(src, pool);
        for (IndexType type : index_types) {
          c.index_type = type;
          if (type == IndexType::u8 && pool.kind == PoolKind::global) continue;  // windows of too many taps
          check_training_chain(c);
          if (!c.with_indices) break;
        }
        add_residual(c, src);
        c.grad_residual = src;
        c.norm.desc.dst = src;
        c.index_type = IndexType::i32;
        check_training_chain(c);
      }
    }
  }
}

TEST_CASE("a max without indices, a minimum and an Lp pool end a training chain, too") {
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {2, 19, 13, 14});
    for (PoolOp op : {PoolOp::max, PoolOp::min, PoolOp::lp}) {
      TrainingChainCase c = chain_of(src, pool_desc(op, src, Window(3, 2, 1)));
      c.with_indices = false;
      check_training_chain(c);
      c.norm.desc.mask = false;
      c.norm.desc.activation = hard_swish();
      check_training_chain(c);
    }
  }
}

TEST_CASE("a training chain of tensors that are shared out: units, bands, rounds") {
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims :
         std::vector<std::vector<std::int64_t>>{{4, 21, 65, 71}, {9, 40, 33, 35}, {1, 40, 90, 80}, {1, 3, 130, 211}}) {
      const TensorDesc src = packed(layout, dims);
      for (const PoolDesc& pool :
           {pool_desc(PoolOp::max, src, Window(3, 2, 1)), pool_desc(PoolOp::average, src, Window(2)),
            pool_desc(PoolOp::average, src, Window(3, 1, 1)), lp_desc(2, src, Window(3, 2, 1))}) {
        TrainingChainCase c = chain_of(src, pool);
        c.index_type = IndexType::u8;
        for (const Executor& executor : {shared_pool(3).executor(), reversed_executor()}) {
          How how;
          how.executor = executor;
          check_training_chain(c, how);
        }
        c.norm.desc.dst = src;
        c.grad_residual = src;
        How how;
        how.executor = shared_pool(3).executor();
        check_training_chain(c, how);
      }
    }
  }
}

// Strips of channels are shared out, the last one channel wide.
TEST_CASE("a training chain whose last strip is one channel among others") {
  for (const std::int64_t channels : {33, 65}) {
    const TensorDesc src = nhwc({2, channels, 4, 4});
    for (const IndexType type : {IndexType::u8, IndexType::i32, IndexType::i64}) {
      for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1)}) {
        TrainingChainCase c = chain_of(src, pool_desc(PoolOp::max, src, window));
        c.index_type = type;
        for (int workers : {2, 3}) {
          How how;
          how.executor = shared_pool(workers).executor();
          check_training_chain(c, how);
        }
      }
    }
  }
}

TEST_CASE("t of a training chain may be src or residual itself") {
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {3, 20, 40, 41});
    for (PoolOp op : {PoolOp::max, PoolOp::average}) {
      TrainingChainCase c = chain_of(src, pool_desc(op, src, Window(3, 2, 1)));
      c.norm.desc.dst = src;
      check_training_chain(c, {}, Alias::src);
      add_residual(c, src);
      check_training_chain(c, {}, Alias::residual);
    }
  }
}

TEST_CASE("a training chain on channel slices") {
  for (Layout layout : layouts) {
    const TensorDesc whole = packed(layout, {2, 40, 15, 16});
    const TensorDesc src = channel_slice(whole, 24), behind = channel_slice(packed(layout, {2, 48, 8, 8}), 24);
    for (PoolOp op : {PoolOp::max, PoolOp::average, PoolOp::lp}) {
      PoolDesc pool = pool_desc(op, src, Window(3, 2, 1));
      pool.dst = behind;
      TrainingChainCase c = chain_of(src, pool);
      if (c.with_indices) c.indices = behind;
      c.norm.desc.dst = c.grad_src = packed(layout, {2, 24, 15, 16});
      c.grad_residual = src;
      check_training_chain(c);
    }
  }
}

// A dim of 1 has any stride: what is not given lies as src does, forward and backward, whatever the others look like.
TEST_CASE("a training chain whose tensors lie in either layout") {
  for (const std::vector<std::int64_t>& dims : std::vector<std::vector<std::int64_t>>{{1, 3, 8, 1}, {2, 17, 9, 1}}) {
    for (PoolOp op : {PoolOp::max, PoolOp::average}) {
      const PoolDesc pool = pool_desc(op, packed(Layout::nchw, dims), Window({2, 1}, {1, 1}, {1, 0}));
      TrainingChainCase c = chain_of(packed(Layout::nchw, dims), pool);
      for (int which = 0; which < 16; ++which) {
        const TensorDesc across = packed(Layout::nhwc, dims);
        c.norm.desc.residual = which & 1 ? across : c.norm.desc.src;
        c.norm.r = normal_values(c.norm.x.dims, 0, 1, 7);
        c.norm.desc.dst = which & 2 ? across : TensorDesc();
        c.grad_src = which & 4 ? across : TensorDesc();
        c.grad_residual = which & 8 ? across : TensorDesc();
        check_training_chain(c);
      }
    }
  }
}

// The parts choose a walk for their own tensors; one whose channels are not side by side decides for all.
TEST_CASE("a training chain of one column goes along the rows of any of its tensors") {
  const std::vector<std::int64_t> dims = {2, 17, 9, 1};
  const TensorDesc across = packed(Layout::nhwc, dims);
  for (PoolOp op : {PoolOp::max, PoolOp::average}) {
    const PoolDesc pool = pool_desc(op, across, Window({2, 1}, {1, 1}, {1, 0}));
    const std::vector<std::int64_t> out = dims_of(pool_output(pool).value);
    for (int which = 0; which < 16; ++which) {
      const auto lies = [which](int bit) { return which & bit ? Layout::nchw : Layout::nhwc; };
      TrainingChainCase c = chain_of(across, pool);
      c.norm.desc.mask = false;
      add_residual(c, packed(lies(1), dims));
      c.pool.dst = packed(lies(2), out);
      if (c.with_indices) c.indices = packed(lies(4), out);
      if (which & 8) c.norm.desc.dst = across;
      CAPTURE(which);
      check_training_chain(c);
    }
  }
}

TEST_CASE("a training chain of f16, bf16 and f64") {
  for (Layout layout : layouts) {
    for (ElementType type : {ElementType::f16, ElementType::bf16, ElementType::f64}) {
      const TensorDesc src = packed(layout, {2, 18, 12, 13}, type);
      for (PoolOp op : {PoolOp::max, PoolOp::average, PoolOp::lp}) {
        const PoolDesc pool = pool_desc(op, src, Window(3, 2, 1));
        const auto check = [&](auto zero) {
          using T = decltype(zero);
          auto c = training_chain_case(src, pool, normal_elements<T>(type, dims_of(src), 0.5, 2));
          c.norm.desc.activation = relu();
          c.norm.desc.mask = true;
          c.grad_residual = src;
          check_training_chain(c);
        };
        type == ElementType::f64 ? check(0.0) : check(0.0f);
      }
    }
  }
}

TEST_CASE("gradients of a training chain with running statistics, and without a mask") {
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {3, 17, 14, 15});
    for (PoolOp op : {PoolOp::max, PoolOp::average, PoolOp::lp}) {
      TrainingChainCase c = chain_of(src, pool_desc(op, src, Window(2)));
      c.norm.desc.mask = false;
      c.norm.desc.activation = {};
      check_training_chain(c);
      c.grad_residual = src;
      check_training_chain(c);
      c.training = false;
      check_training_chain(c);
    }
  }
}

TEST_CASE("the gradient behind an Lp pool of zeros, and of NaN") {
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {2, 19, 8, 9});
    for (double p : {1, 2}) {
      TrainingChainCase c = chain_of(src, lp_desc(p, src, Window(3, 2, 1)));
      c.norm.gamma[0] = c.norm.beta[0] = 0;
      c.norm.x.values[72] = NAN;  // of channel 1
      check_training_chain(c);
    }
  }
}

TEST_CASE("a training chain of a batch in two parts has the bits of the whole") {
  for (Layout layout : layouts) {
    const TensorDesc whole = packed(layout, {4, 18, 9, 10}), half = packed(layout, {2, 18, 9, 10});
    const Dense values = normal_values(dims_of(whole), 0.5, 2);
    std::vector<float> x(values.values.size());
    for_each_element(whole, [&](std::int64_t i, std::int64_t offset) { x[offset] = values.values[i]; });
    for_each_isa([&](Isa isa) {
      const PlanOptions options{isa, StorePolicy::automatic};
      const auto plan_of = [&](const TensorDesc& src) {
        TrainingChainDesc d;
        d.norm.src = src;
        d.pool.window = Window(3, 2, 1);
        d.with_indices = true;
        return d;
      };
      const Result<TrainingChainPlan> all = TrainingChainPlan::make(plan_of(whole), options);
      const Result<TrainingChainPlan> part = TrainingChainPlan::make(plan_of(half), options);
      const Result<BatchNormTrainingPlan> statistics = BatchNormTrainingPlan::make(plan_of(half).norm, options);
      std::vector<char> memory(1 << 20);
      const RunContext context{serial_executor(), memory.data(), memory.size()};
      std::vector<float> y(4 * 18 * 5 * 5), parts_y(y.size());
      std::vector<std::int64_t> places(y.size()), parts_places(y.size());
      TrainingChainData data;
      data.norm.src = x.data();
      data.dst = y.data();
      data.indices = places.data();
      REQUIRE(all.value.run(data, context).ok());
      std::vector<Moments> moments(2 * 18), merged(18);
      for (std::size_t p : {0, 1}) {
        REQUIRE(statistics.value.partial(x.data() + p * x.size() / 2, moments.data() + p * 18, context).ok());
      }
      merge_moments(moments.data(), 2, 18, merged.data());
      for (std::size_t p : {0, 1}) {
        data.norm.src = x.data() + p * x.size() / 2;
        data.dst = parts_y.data() + p * y.size() / 2;
        data.indices = parts_places.data() + p * y.size() / 2;
        REQUIRE(part.value.apply(merged.data(), data, context).ok());
      }
      CHECK(parts_y == y);
      CHECK(parts_places == places);
    });
  }
}

TEST_CASE("a training chain skips and counts indices that no pooling of its geometry made") {
  for (Layout layout : layouts) {
    for (ElementType type : {ElementType::f32, ElementType::f16}) {  // f16 is added up in memory of the worker's
      for (std::int64_t width : {8, 40}) {
        const TensorDesc src = packed(layout, {3, 17, 6, width}, type);
        TrainingChainCase c = training_chain_case(src, pool_desc(PoolOp::max, src, Window(2)),
                                                  normal_elements<float>(type, dims_of(src), 0.5, 2));
        TrainingChainResultOf<float> forward = c.expected();
        forward.indices[3] = 6 * width;
        forward.indices[40] = INT64_MIN;
        forward.indices[200] = -1;
        for_each_isa([&](Isa isa) {
          How how;
          how.isa = isa;
          const auto got = c.run_back(forward, how);
          CHECK(got.skipped == 3);
          CHECK(difference(got, c.expected_gradients(forward)) == "");
        });
      }
    }
  }
}
