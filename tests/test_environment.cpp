// What run() asks of its surroundings: no allocation, no system call, little stack, no change to the
// floating-point control bits of any thread, and life after fork().
#include "support/doctest.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/seccomp.h>
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>

#include "support/allocations.hpp"
#include "support/bits.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/executors.hpp"
#include "support/fp_control.hpp"
#include "support/sanitizers.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// A plan with all that it needs to run, so that run() alone is left to do.
struct Ready {
  std::function<Status(const float*, float*, const RunContext&)> call;
  std::function<std::size_t(const Executor&)> workspace_bytes;
  std::vector<float> x, y;
  std::vector<char> workspace;
  Executor executor;

  bool run() { return call(x.data(), y.data(), {executor, workspace.data(), workspace.size()}).ok(); }
};

template <class Plan>
Ready ready(Result<Plan> made, const Dense& x, std::int64_t outputs, const Executor& executor) {
  REQUIRE_MESSAGE(made.ok(), message_of(made));
  const auto plan = std::make_shared<Plan>(std::move(made.value));
  Ready r;
  r.call = [plan](const float* src, float* dst, const RunContext& context) { return plan->run(src, dst, context); };
  r.workspace_bytes = [plan](const Executor& e) { return plan->workspace_bytes(e); };
  r.x = x.values;
  r.y.resize(static_cast<std::size_t>(outputs));
  r.workspace.resize(plan->workspace_bytes(executor));
  r.executor = executor;
  return r;
}

Ready ready_pool(const PoolDesc& desc, const Executor& executor, Isa isa, Values kind = Values::signed_uniform) {
  return ready(PoolPlan::make(desc, {isa, StorePolicy::automatic}), make_values(dims_of(desc.src), kind, 1),
               pool_output(desc).value.elements(), executor);
}

Ready ready_norm(const TensorDesc& src, const Executor& executor, Isa isa, Values kind) {
  NormCase norm = norm_case(src, kind);
  norm.activation = hard_swish();
  return ready(NormPlan::make(norm.batch_norm(), {isa, StorePolicy::automatic}), norm.x, src.elements(), executor);
}

// Values and then indices; or a gradient back to src.
Ready ready_indices(const PoolDesc& pool, const Executor& executor, Isa isa, Values kind) {
  MaxIndicesDesc desc;
  desc.pool = pool;
  desc.index_type = IndexType::i32;
  Result<MaxIndicesPlan> made = MaxIndicesPlan::make(desc, {isa, StorePolicy::automatic});
  REQUIRE_MESSAGE(made.ok(), message_of(made));
  const auto plan = std::make_shared<MaxIndicesPlan>(std::move(made.value));
  Ready r;
  const std::int64_t outputs = plan->dst().elements();
  r.call = [=](const float* src, float* dst, const RunContext& context) {
    return plan->run(src, dst, dst + outputs, context);
  };
  r.workspace_bytes = [plan](const Executor& e) { return plan->workspace_bytes(e); };
  r.x = make_values(dims_of(pool.src), kind, 1).values;
  r.y.resize(static_cast<std::size_t>(2 * outputs));
  r.workspace.resize(plan->workspace_bytes(executor));
  r.executor = executor;
  return r;
}

// Back by indices that all name the first element; `add`: a gradient, else unpooled.
Ready ready_scatter(const PoolDesc& pool, bool add, const Executor& executor, Isa isa, Values kind) {
  MaxIndicesDesc desc;
  desc.pool = pool;
  const TensorDesc dst = pool_output(pool).value;
  const auto indices = std::make_shared<std::vector<std::int64_t>>(static_cast<std::size_t>(dst.elements()));
  const Dense x = make_values(dims_of(dst), kind, 1);
  const auto ready_of = [&](auto made) {
    REQUIRE_MESSAGE(made.ok(), message_of(made));
    const auto plan = std::make_shared<decltype(made.value)>(std::move(made.value));
    Ready r;
    r.call = [=](const float* src, float* to, const RunContext& context) {
      return plan->run(src, indices->data(), to, context);
    };
    r.workspace_bytes = [plan](const Executor& e) { return plan->workspace_bytes(e); };
    r.x = x.values;
    r.y.resize(static_cast<std::size_t>(pool.src.elements()));
    r.workspace.resize(plan->workspace_bytes(executor));
    r.executor = executor;
    return r;
  };
  const PlanOptions options{isa, StorePolicy::automatic};
  return add ? ready_of(MaxPoolBackwardPlan::make(desc, options)) : ready_of(MaxUnpoolPlan::make(desc, options));
}

// Of plans that read two tensors: the same one twice.
template <class Plan, class Desc>
Ready ready_of_two(const TensorDesc& src, const Executor& executor, Isa isa, Values kind) {
  Desc desc;
  desc.src = src;
  Result<Plan> made = Plan::make(desc, {isa, StorePolicy::automatic});
  REQUIRE_MESSAGE(made.ok(), message_of(made));
  const auto plan = std::make_shared<Plan>(std::move(made.value));
  Ready r;
  r.call = [plan](const float* x, float* y, const RunContext& context) { return plan->run(x, x, y, context); };
  r.workspace_bytes = [plan](const Executor& e) { return plan->workspace_bytes(e); };
  r.x = make_values(dims_of(src), kind, 1).values;
  r.y.resize(r.x.size());
  r.workspace.resize(plan->workspace_bytes(executor));
  r.executor = executor;
  return r;
}

Ready ready_response(const TensorDesc& src, const Executor& executor, Isa isa, Values kind) {
  LocalResponseNormDesc desc;
  desc.src = src;
  return ready(LocalResponseNormPlan::make(desc, {isa, StorePolicy::automatic}), make_values(dims_of(src), kind, 1),
               src.elements(), executor);
}

Ready ready_gradient(PoolDesc pool, const Executor& executor, Isa isa, Values kind) {
  pool.op = PoolOp::average;
  return ready(AveragePoolBackwardPlan::make(pool, {isa, StorePolicy::automatic}),
               make_values(dims_of(pool_output(pool).value), kind, 1), pool.src.elements(), executor);
}

// x is src and, as far as it goes, dst and grad_dst.
Ready ready_lp_gradient(PoolDesc pool, double p, const Executor& executor, Isa isa, Values kind) {
  pool.op = PoolOp::lp;
  pool.p = p;
  Result<LpPoolBackwardPlan> made = LpPoolBackwardPlan::make(pool, {isa, StorePolicy::automatic});
  REQUIRE_MESSAGE(made.ok(), message_of(made));
  REQUIRE(pool_output(pool).value.elements() <= pool.src.elements());
  const auto plan = std::make_shared<LpPoolBackwardPlan>(std::move(made.value));
  Ready r;
  r.call = [plan](const float* x, float* y, const RunContext& context) { return plan->run(x, x, x, y, context); };
  r.workspace_bytes = [plan](const Executor& e) { return plan->workspace_bytes(e); };
  r.x = make_values(dims_of(pool.src), kind, 1).values;
  r.y.resize(r.x.size());
  r.workspace.resize(plan->workspace_bytes(executor));
  r.executor = executor;
  return r;
}

Ready ready_chain(const TensorDesc& src, const Activation& activation, const Executor& executor, Isa isa, Values kind) {
  const NormCase norm = norm_case(src, kind);
  ChainDesc desc;
  desc.src = src;
  desc.before = Affine::batch_norm(norm.parameters[0], norm.parameters[1], norm.parameters[2], norm.parameters[3]);
  desc.activation = activation;
  desc.add(PoolOp::average, Window(2));
  Result<ChainPlan> plan = ChainPlan::make(desc, {isa, StorePolicy::automatic});
  const std::int64_t outputs = plan->dst().elements();
  return ready(std::move(plan), norm.x, outputs, executor);
}

// A plan of norms with statistics: `fill` gives its data the run's src and dst.
template <class Plan, class Data>
Ready ready_statistics(Result<Plan> made, const Dense& x, const Executor& executor, Data data,
                       void (*fill)(Data&, const float*, float*)) {
  REQUIRE_MESSAGE(made.ok(), message_of(made));
  const auto plan = std::make_shared<Plan>(std::move(made.value));
  Ready r;
  r.call = [=](const float* src, float* dst, const RunContext& context) {
    Data d = data;
    fill(d, src, dst);
    return plan->run(d, context);
  };
  r.workspace_bytes = [plan](const Executor& e) { return plan->workspace_bytes(e); };
  r.x = x.values;
  r.y.resize(x.values.size());
  r.workspace.resize(plan->workspace_bytes(executor));
  r.executor = executor;
  return r;
}

// `memory`: what src lies in.
template <class F>
void for_each_statistics(const TensorDesc& src, const TensorDesc& memory, const Executor& executor, Isa isa,
                         Values kind, F f) {
  const PlanOptions options{isa, StorePolicy::automatic};
  const Dense x = make_values(dims_of(memory), kind, 1);
  const std::vector<float> ones(static_cast<std::size_t>(src.dims[1]), 1.0f);
  const auto forward = [](auto& d, const float* from, float* to) {
    d.src = from;
    d.dst = to;
  };
  const auto backward = [](auto& d, const float* from, float* to) {
    d.src = d.grad_dst = from;
    d.grad_src = to;
  };
  BatchNormTrainingDesc training;
  training.src = src;
  Ready trained = ready_statistics<BatchNormTrainingPlan, BatchNormTrainingData>(
      BatchNormTrainingPlan::make(training, options), x, executor, {}, forward);
  f(trained);
  GroupNormDesc groups;
  groups.src = src;
  groups.groups = 8;
  Ready grouped =
      ready_statistics<GroupNormPlan, GroupNormData>(GroupNormPlan::make(groups, options), x, executor, {}, forward);
  f(grouped);
  Ready rows = ready_statistics<LayerNormPlan, LayerNormData>(
      LayerNormPlan::make(layer_norm(nchw({src.dims[1], src.elements() / src.dims[1]})), options), x, executor, {},
      forward);
  f(rows);
  BatchNormBackwardDesc gradient;
  gradient.src = src;
  gradient.training = false;
  BatchNormBackwardData data;
  data.mean = ones;
  data.variance = ones;
  Ready gradients = ready_statistics<BatchNormBackwardPlan, BatchNormBackwardData>(
      BatchNormBackwardPlan::make(gradient, options), x, executor, data, backward);
  f(gradients);
  GroupNormBackwardDesc group_gradient;
  group_gradient.src = src;
  group_gradient.groups = 8;
  const std::vector<float> statistics(8 * static_cast<std::size_t>(src.dims[0]), 1.0f);
  GroupNormBackwardData group_data;
  group_data.mean = group_data.invstd = statistics;
  Ready group_gradients = ready_statistics<GroupNormBackwardPlan, GroupNormBackwardData>(
      GroupNormBackwardPlan::make(group_gradient, options), x, executor, group_data, backward);
  f(group_gradients);
  LayerNormBackwardDesc row_gradient;
  row_gradient.src = nchw({src.dims[1], src.elements() / src.dims[1]});
  LayerNormBackwardData row_data;
  row_data.mean = row_data.invstd = ones;
  Ready row_gradients = ready_statistics<LayerNormBackwardPlan, LayerNormBackwardData>(
      LayerNormBackwardPlan::make(row_gradient, options), x, executor, row_data, backward);
  f(row_gradients);
}

// A norm with its pool, values and then indices; and the way back by indices that name the first element.
template <class F>
void for_each_training_chain(const TensorDesc& src, const Executor& executor, Isa isa, Values kind, F f) {
  const PlanOptions options{isa, StorePolicy::automatic};
  const Dense x = make_values(dims_of(src), kind, 1);
  static const std::vector<float> ones(64, 1.0f);
  const Parameters statistics(ones.data(), src.dims[1]);
  TrainingChainDesc desc;
  desc.norm.src = src;
  desc.pool.window = Window(3, 2, 1);
  desc.with_indices = true;
  desc.index_type = IndexType::i32;
  Ready forward = ready_statistics<TrainingChainPlan, TrainingChainData>(
      TrainingChainPlan::make(desc, options), x, executor, {}, [](TrainingChainData& d, const float* from, float* to) {
        d.norm.src = from;
        d.dst = to;
        d.indices = to + 24 * 25 * 30;
      });
  f(forward);
  TrainingChainBackwardDesc gradient;
  gradient.norm.src = src;
  gradient.pool.window = Window(3, 2, 1);
  TrainingChainBackwardData data;
  data.norm.mean = data.norm.invstd = statistics;
  const auto fill = [](TrainingChainBackwardData& d, const float* from, float* to) {
    d.norm.src = d.grad_dst = from;
    d.norm.grad_src = to;
  };
  gradient.pool.op = PoolOp::average;
  Ready spread = ready_statistics<TrainingChainBackwardPlan, TrainingChainBackwardData>(
      TrainingChainBackwardPlan::make(gradient, options), x, executor, data, fill);
  f(spread);
  gradient.pool.op = PoolOp::lp;
  Ready of_norms = ready_statistics<TrainingChainBackwardPlan, TrainingChainBackwardData>(
      TrainingChainBackwardPlan::make(gradient, options), x, executor, data,
      [](TrainingChainBackwardData& d, const float* from, float* to) {
        d.norm.src = d.grad_dst = d.t = d.dst = from;
        d.norm.grad_src = to;
      });
  f(of_norms);
  static const std::vector<std::int32_t> first(24 * 25 * 30);
  gradient.pool.op = PoolOp::max;
  gradient.with_indices = true;
  gradient.index_type = IndexType::i32;
  data.indices = first.data();
  Ready scattered = ready_statistics<TrainingChainBackwardPlan, TrainingChainBackwardData>(
      TrainingChainBackwardPlan::make(gradient, options), x, executor, data, fill);
  f(scattered);
}

// One of each family, in both layouts, above the size from which work is shared out.
template <class F>
void for_each_ready(const Executor& executor, Values kind, F f) {
  for_each_isa([&](Isa isa) {
    for (Layout layout : layouts) {
      INFO(std::string(name(layout)));
      const TensorDesc src = packed(layout, {1, 24, 50, 60});
      for (PoolOp op : pool_ops) {
        for (const Window& window : {Window(3, 2, 1), Window(2), Window(9, 1, 4), Window(3, 1, 2, 2)}) {
          Ready r = ready_pool(pool_desc(op, src, window), executor, isa, kind);
          f(r);
        }
        Ready global = ready_pool(global_desc(op, src), executor, isa, kind);
        f(global);
        Ready adaptive = ready_pool(adaptive_desc(op, src, 7), executor, isa, kind);
        f(adaptive);
      }
      for (const Window& window : {Window(3, 2, 1), Window(9, 1, 4)}) {
        Ready indices = ready_indices(pool_desc(PoolOp::max, src, window), executor, isa, kind);
        f(indices);
        for (bool add : {true, false}) {
          Ready scatter = ready_scatter(pool_desc(PoolOp::max, src, window), add, executor, isa, kind);
          f(scatter);
        }
        Ready gradient = ready_gradient(pool_desc(PoolOp::average, src, window), executor, isa, kind);
        f(gradient);
        for (const double p : {1.0, 3.0}) {
          Ready lp_gradient = ready_lp_gradient(pool_desc(PoolOp::lp, src, window), p, executor, isa, kind);
          f(lp_gradient);
        }
      }
      Ready norm = ready_norm(src, executor, isa, kind);
      f(norm);
      Ready excitation = ready_of_two<ExcitePlan, ExciteDesc>(src, executor, isa, kind);
      f(excitation);
      Ready response = ready_response(src, executor, isa, kind);
      f(response);
      Ready response_gradient =
          ready_of_two<LocalResponseNormBackwardPlan, LocalResponseNormBackwardDesc>(src, executor, isa, kind);
      f(response_gradient);
      for_each_statistics(src, src, executor, isa, kind, f);
      for_each_training_chain(src, executor, isa, kind, f);
      const TensorDesc memory = packed(layout, {1, 24, 50, 64});
      TensorDesc rows_apart = memory;
      rows_apart.dims[3] = src.dims[3];
      for_each_statistics(rows_apart, memory, executor, isa, kind, f);
      for (const Activation& activation : {relu(), hard_swish()}) {
        Ready chain = ready_chain(src, activation, executor, isa, kind);
        f(chain);
      }
    }
  });
}

std::vector<std::uint32_t> result_bits(Ready& r) {
  std::fill(r.y.begin(), r.y.end(), 0.0f);
  REQUIRE(r.run());
  std::vector<std::uint32_t> bits;
  for (float y : r.y) bits.push_back(canonical_bits(y));
  return bits;
}

// Runs f on a thread whose stack is ours, and returns how many of its bytes were written.
std::size_t stack_use(std::function<void()> f) {
  constexpr std::size_t size = 256 * 1024;
  void* const stack = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(stack != MAP_FAILED);
  auto* const bytes = static_cast<unsigned char*>(stack);
  std::fill_n(bytes, size, static_cast<unsigned char>(0xa5));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  REQUIRE(pthread_attr_setstack(&attributes, stack, size) == 0);
  pthread_t thread;
  const auto entry = [](void* self) -> void* {
    (*static_cast<std::function<void()>*>(self))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, entry, &f) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  const auto touched = std::find_if(bytes, bytes + size, [](unsigned char b) { return b != 0xa5; });
  const auto used = static_cast<std::size_t>(bytes + size - touched);
  munmap(stack, size);
  return used;
}

// The exit code of f() in a forked child, -1 if a signal ended it.
template <class F>
int exit_code_of_child(F f) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    const long code = f();
    syscall(SYS_exit, code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr int cannot = 77;

}  // namespace

TEST_CASE("run() allocates nothing with a serial or host executor") {
  if (!counts_allocations()) return;
  for (const Executor& executor : {serial_executor(), reversed_executor(), shared_pool(3).executor()}) {
    for_each_ready(executor, Values::signed_uniform, [](Ready& r) {
      r.run();
      const std::int64_t before = allocations();
      const bool ok = r.run();
      const std::int64_t after = allocations();
      CHECK(ok);
      CHECK(after == before);
    });
  }
}

// AddressSanitizer's red zones make frames larger.
TEST_CASE("run() needs at most 16 KiB of stack" * doctest::skip(POOLNORM_SANITIZED != 0)) {
  for_each_ready(serial_executor(), Values::signed_uniform, [](Ready& r) {
    r.run();
    const std::size_t nothing = stack_use([] {});
    const std::size_t used = stack_use([&] { r.run(); });
    CHECK(used - std::min(used, nothing) <= 16 * 1024);
  });
}

#if defined(SECCOMP_MODE_STRICT) && !POOLNORM_SANITIZED
TEST_CASE("run() makes no system call") {
  for_each_ready(serial_executor(), Values::signed_uniform, [](Ready& r) {
    const std::vector<float> expected = (r.run(), r.y);
    std::fill(r.y.begin(), r.y.end(), 0.0f);
    const int code = exit_code_of_child([&]() -> long {
      if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) return cannot;
      return r.run() && r.y == expected ? 0 : 1;
    });
    if (code == cannot) return;  // an emulated kernel
    CHECK(code == 0);
  });
}
#endif

TEST_CASE("a forked child runs with the default executor") {
  Ready r = ready_pool(pool_desc(PoolOp::max, nchw({1, 24, 50, 60}), Window(3, 2, 1)), default_executor(), Isa::best);
  r.run();  // the parent's threads exist
  const std::vector<float> expected = r.y;
  std::fill(r.y.begin(), r.y.end(), 0.0f);
  CHECK(exit_code_of_child([&]() -> long { return r.run() && r.y == expected ? 0 : 1; }) == 0);
}

TEST_CASE("the caller's control bits hold in every task, and every thread gets its own back") {
  if (!has_fp_control) return;
  std::atomic<int> changed{0};
  std::atomic<std::uint64_t> own{0};
  ThreadPool pool(
      8,
      [&] {
        set_fp_control(fp_control() | round_up);
        own = fp_control();
      },
      [&] { changed += fp_control() != own; });
  for (std::uint64_t extra : {std::uint64_t{0}, flush_to_zero}) {
    for_each_ready(pool.executor(), Values::wide, [&](Ready& r) {
      const ScopedFpControl control(extra);
      const std::uint64_t before = fp_control();
      const std::vector<std::uint32_t> with_threads = result_bits(r);
      CHECK(fp_control() == before);
      r.executor = openmp_executor(2);
      if (r.workspace.size() >= r.workspace_bytes(r.executor)) CHECK(result_bits(r) == with_threads);
      r.executor = serial_executor();
      CHECK(result_bits(r) == with_threads);
      CHECK(fp_control() == before);
    });
  }
  CHECK(changed == 0);
}
