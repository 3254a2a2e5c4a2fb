// The same through C, from raw structs: a legal request whose bytes the fuzzer changes by exclusive or, so that
// no bytes are a legal request. Only pointers are the caller's promise, and kept.
#include <poolnorm/poolnorm.h>

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "bytes.hpp"
#include "expect.hpp"

using namespace poolnorm::fuzz;

namespace {

// The memory behind a struct that claims to be larger than it is: zeros, which nothing writes.
template <class T>
struct alignas(16) Roomy {
  T value;
  unsigned char behind[16384];
};

template <class T>
void change(T& value, Bytes& b) {
  static_assert(std::is_trivially_copyable_v<T>);
  unsigned char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  // (bytes to keep, byte to change) pairs
  for (std::size_t at = 0; b.more();) {
    const std::uint8_t skip = b.byte();
    if (skip == 255) break;
    at += skip;
    if (at >= sizeof value) break;
    bytes[at++] ^= b.byte();
  }
  std::memcpy(&value, bytes, sizeof value);
}

void keep_promise(poolnorm_parameters& f) {
  const std::int64_t room = f.type == POOLNORM_ELEMENT_TYPE_F64 ? parameter_count / 2 : parameter_count;
  if (f.size > room) f.size = room;
  f.data = f.data == nullptr ? nullptr : parameters();
}

// Of a descriptor without pointers there is none.
template <class Desc>
void keep_promises(Desc&) {}
void keep_promises(poolnorm_pool_desc& d) {
  for (poolnorm_starts& s : d.starts) {
    s.values = s.values == nullptr ? nullptr : Bytes::start_values();
    if (s.count > Bytes::most_starts) s.count = Bytes::most_starts;
  }
}

poolnorm_parameters floats() { return poolnorm_floats_of(parameters(), 8); }

poolnorm_tensor_desc some_tensor(Bytes& b) {
  const std::int64_t dims[] = {2, 8, 3, 5, 6};
  const std::uint8_t form = b.byte();
  const std::int32_t rank = 2 + form / 2 % 4;
  return form % 2 == 0 ? poolnorm_nchw(rank, dims) : poolnorm_nhwc(rank, dims);
}

template <class T>
Roomy<T>& roomy(const T& value) {
  static Roomy<T> memory;
  memory.value = value;
  return memory;
}

template <class Plan, class Desc>
struct Family {
  int (*make)(Plan**, const Desc*, const poolnorm_plan_options*, poolnorm_status*);
  std::size_t (*workspace_bytes)(const Plan*, const poolnorm_executor*);
  std::size_t (*explain)(const Plan*, char*, std::size_t);
  void (*destroy)(Plan*);
};

template <class Plan, class Desc>
void check(const Family<Plan, Desc>& f, const Desc& desc, Bytes& b) {
  Roomy<poolnorm_plan_options>& options = roomy(poolnorm_plan_options_init());
  change(options.value, b);
  Plan* plan = nullptr;
  poolnorm_status status;
  const int code = f.make(&plan, &desc, &options.value, &status);
  expect(code == status.code, "the status has the code that is returned");
  expect_answer(code, status.message);
  expect((code == 0) == (plan != nullptr), "a plan exactly when there is no refusal");
  expect_explained([&](char* buffer, std::size_t size) { return f.explain(plan, buffer, size); });
  poolnorm_executor executor = poolnorm_serial_executor();
  executor.max_workers = b.raw<int>();
  f.workspace_bytes(plan, &executor);
  f.workspace_bytes(plan, nullptr);
  f.destroy(plan);
}

#define FAMILY(plan, suffix)                                                                      \
  {                                                                                               \
    poolnorm_##plan##_make##suffix, poolnorm_##plan##_workspace_bytes, poolnorm_##plan##_explain, \
        poolnorm_##plan##_destroy                                                                 \
  }
using Pool = Family<poolnorm_pool_plan, poolnorm_pool_desc>;
using Chain = Family<poolnorm_chain_plan, poolnorm_chain_desc>;
using BatchNorm = Family<poolnorm_norm_plan, poolnorm_batch_norm_desc>;
using ScaleShift = Family<poolnorm_norm_plan, poolnorm_scale_shift_desc>;
using Excite = Family<poolnorm_excite_plan, poolnorm_excite_desc>;
using Response = Family<poolnorm_local_response_norm_plan, poolnorm_local_response_norm_desc>;
using ResponseBackward =
    Family<poolnorm_local_response_norm_backward_plan, poolnorm_local_response_norm_backward_desc>;
using Training = Family<poolnorm_batch_norm_training_plan, poolnorm_batch_norm_training_desc>;
using Group = Family<poolnorm_group_norm_plan, poolnorm_group_norm_desc>;
using Layer = Family<poolnorm_layer_norm_plan, poolnorm_layer_norm_desc>;
using BatchBackward = Family<poolnorm_batch_norm_backward_plan, poolnorm_batch_norm_backward_desc>;
using GroupBackward = Family<poolnorm_group_norm_backward_plan, poolnorm_group_norm_backward_desc>;
using Indices = Family<poolnorm_max_indices_plan, poolnorm_max_indices_desc>;
using Unpool = Family<poolnorm_max_unpool_plan, poolnorm_max_indices_desc>;
using MaxBackward = Family<poolnorm_max_pool_backward_plan, poolnorm_max_indices_desc>;
using AverageBackward = Family<poolnorm_average_pool_backward_plan, poolnorm_pool_desc>;
using LpBackward = Family<poolnorm_lp_pool_backward_plan, poolnorm_pool_desc>;
using LayerBackward = Family<poolnorm_layer_norm_backward_plan, poolnorm_layer_norm_backward_desc>;
using TrainingChain = Family<poolnorm_training_chain_plan, poolnorm_training_chain_desc>;
using TrainingChainBackward = Family<poolnorm_training_chain_backward_plan, poolnorm_training_chain_backward_desc>;

// A family whose descriptor has no pointers to others.
template <class Plan, class Desc>
void fuzz_plain(const Family<Plan, Desc>& f, Desc desc, Bytes& b) {
  desc.src = some_tensor(b);
  Roomy<Desc>& d = roomy(desc);
  change(d.value, b);
  keep_promises(d.value);
  check(f, d.value, b);
}

poolnorm_pool_desc some_pool(Bytes& b) {
  poolnorm_pool_desc d = poolnorm_pool_desc_init();
  d.window = poolnorm_window_square(2, 1, 0);
  const std::uint8_t form = b.byte();
  d.op = form % 4;
  d.kind = form / 4 % 4;
  d.output = poolnorm_spatial_all(2);
  if (d.kind == POOLNORM_POOL_KIND_LISTED) {
    for (poolnorm_starts& s : d.starts) s = {Bytes::start_values(), 3};
  }
  return d;
}

void fuzz_pool(Bytes& b) {
  poolnorm_pool_desc d = some_pool(b);
  fuzz_plain(Pool FAMILY(pool_plan, ), d, b);
}

void fuzz_chain(Bytes& b) {
  static Roomy<poolnorm_affine> affines[POOLNORM_MAX_CHAIN_POOLS + 1];
  static Roomy<poolnorm_pool_desc> pools[POOLNORM_MAX_CHAIN_POOLS];
  // An array, so behind each of them lie the others.
  static poolnorm_chain_pool stages[POOLNORM_MAX_CHAIN_POOLS + 16384 / sizeof(poolnorm_chain_pool) + 1];
  std::memset(stages, 0, POOLNORM_MAX_CHAIN_POOLS * sizeof *stages);
  const auto affine = [&](int i) -> const poolnorm_affine* {
    if (b.flag()) return nullptr;
    poolnorm_affine& a = affines[i].value = poolnorm_affine_init();
    if (b.flag())
      a.mean = a.variance = floats();
    else
      a.scale = floats();
    change(a, b);
    for (poolnorm_parameters* f : {&a.mean, &a.variance, &a.gamma, &a.beta, &a.scale, &a.shift}) keep_promise(*f);
    return &a;
  };
  poolnorm_chain_desc chain = poolnorm_chain_desc_init();
  chain.src = some_tensor(b);
  chain.pool_count = 1 + b.byte() % POOLNORM_MAX_CHAIN_POOLS;
  const int count = chain.pool_count;
  Roomy<poolnorm_chain_desc>& d = roomy(chain);
  change(d.value, b);
  d.value.before = affine(POOLNORM_MAX_CHAIN_POOLS);
  for (int i = 0; i < count; ++i) {
    pools[i].value = some_pool(b);
    change(pools[i].value, b);
    keep_promises(pools[i].value);
    stages[i] = poolnorm_chain_pool_init(nullptr);
    change(stages[i], b);
    stages[i].pool = b.byte() == 255 ? nullptr : &pools[i].value;
    stages[i].after = affine(i);
  }
  d.value.pools = b.byte() == 255 ? nullptr : stages;
  check(Chain FAMILY(chain_plan, ), d.value, b);
}

void fuzz_batch_norm(Bytes& b) {
  poolnorm_batch_norm_desc desc = poolnorm_batch_norm_desc_init();
  desc.src = some_tensor(b);
  desc.mean = desc.variance = desc.gamma = desc.beta = floats();
  Roomy<poolnorm_batch_norm_desc>& d = roomy(desc);
  change(d.value, b);
  for (poolnorm_parameters* f : {&d.value.mean, &d.value.variance, &d.value.gamma, &d.value.beta}) keep_promise(*f);
  check(BatchNorm FAMILY(norm_plan, _batch_norm), d.value, b);
}

void fuzz_scale_shift(Bytes& b) {
  poolnorm_scale_shift_desc desc = poolnorm_scale_shift_desc_init();
  desc.src = some_tensor(b);
  desc.scale = desc.shift = floats();
  Roomy<poolnorm_scale_shift_desc>& d = roomy(desc);
  change(d.value, b);
  for (poolnorm_parameters* f : {&d.value.scale, &d.value.shift}) keep_promise(*f);
  check(ScaleShift FAMILY(norm_plan, _scale_shift), d.value, b);
}

void fuzz_excite(Bytes& b) { fuzz_plain(Excite FAMILY(excite_plan, ), poolnorm_excite_desc_init(), b); }
void fuzz_response(Bytes& b) {
  fuzz_plain(Response FAMILY(local_response_norm_plan, ), poolnorm_local_response_norm_desc_init(), b);
}
void fuzz_response_backward(Bytes& b) {
  fuzz_plain(ResponseBackward FAMILY(local_response_norm_backward_plan, ),
             poolnorm_local_response_norm_backward_desc_init(), b);
}
void fuzz_training(Bytes& b) {
  fuzz_plain(Training FAMILY(batch_norm_training_plan, ), poolnorm_batch_norm_training_desc_init(), b);
}
void fuzz_group(Bytes& b) { fuzz_plain(Group FAMILY(group_norm_plan, ), poolnorm_group_norm_desc_init(), b); }
void fuzz_layer(Bytes& b) { fuzz_plain(Layer FAMILY(layer_norm_plan, ), poolnorm_layer_norm_desc_init(), b); }
void fuzz_batch_backward(Bytes& b) {
  fuzz_plain(BatchBackward FAMILY(batch_norm_backward_plan, ), poolnorm_batch_norm_backward_desc_init(), b);
}
void fuzz_group_backward(Bytes& b) {
  fuzz_plain(GroupBackward FAMILY(group_norm_backward_plan, ), poolnorm_group_norm_backward_desc_init(), b);
}

template <class Plan>
void fuzz_indices(const Family<Plan, poolnorm_max_indices_desc>& f, Bytes& b) {
  poolnorm_pool_desc desc = some_pool(b);
  desc.op = POOLNORM_POOL_OP_MAX;
  desc.src = some_tensor(b);
  Roomy<poolnorm_pool_desc>& pool = roomy(desc);
  change(pool.value, b);
  keep_promises(pool.value);
  Roomy<poolnorm_max_indices_desc>& d = roomy(poolnorm_max_indices_desc_init(nullptr));
  d.value.index_type = b.byte() % 3;
  d.value.index_order = b.byte() < 96;
  d.value.index_scope = b.byte() < 96;
  change(d.value, b);
  d.value.pool = b.byte() == 255 ? nullptr : &pool.value;
  check(f, d.value, b);
}
void fuzz_max_indices(Bytes& b) { fuzz_indices(Indices FAMILY(max_indices_plan, ), b); }
void fuzz_unpool(Bytes& b) { fuzz_indices(Unpool FAMILY(max_unpool_plan, ), b); }
void fuzz_max_backward(Bytes& b) { fuzz_indices(MaxBackward FAMILY(max_pool_backward_plan, ), b); }
void fuzz_average_backward(Bytes& b) {
  poolnorm_pool_desc d = some_pool(b);
  d.op = POOLNORM_POOL_OP_AVERAGE;
  fuzz_plain(AverageBackward FAMILY(average_pool_backward_plan, ), d, b);
}
void fuzz_lp_backward(Bytes& b) {
  poolnorm_pool_desc d = some_pool(b);
  d.op = POOLNORM_POOL_OP_LP;
  fuzz_plain(LpBackward FAMILY(lp_pool_backward_plan, ), d, b);
}
void fuzz_layer_backward(Bytes& b) {
  fuzz_plain(LayerBackward FAMILY(layer_norm_backward_plan, ), poolnorm_layer_norm_backward_desc_init(), b);
}

// A norm and the pool behind it.
template <class Plan, class Desc, class Norm>
void fuzz_behind(const Family<Plan, Desc>& f, Desc desc, Norm norm_desc, Bytes& b) {
  norm_desc.src = some_tensor(b);
  Roomy<Norm>& norm = roomy(norm_desc);
  change(norm.value, b);
  Roomy<poolnorm_pool_desc>& pool = roomy(some_pool(b));
  change(pool.value, b);
  keep_promises(pool.value);
  desc.with_indices = b.flag();
  desc.index_type = b.byte() % 3;
  Roomy<Desc>& d = roomy(desc);
  change(d.value, b);
  d.value.norm = b.byte() == 255 ? nullptr : &norm.value;
  d.value.pool = b.byte() == 255 ? nullptr : &pool.value;
  check(f, d.value, b);
}
void fuzz_training_chain(Bytes& b) {
  fuzz_behind(TrainingChain FAMILY(training_chain_plan, ), poolnorm_training_chain_desc_init(nullptr, nullptr),
              poolnorm_batch_norm_training_desc_init(), b);
}
void fuzz_training_chain_backward(Bytes& b) {
  fuzz_behind(TrainingChainBackward FAMILY(training_chain_backward_plan, ),
              poolnorm_training_chain_backward_desc_init(nullptr, nullptr), poolnorm_batch_norm_backward_desc_init(),
              b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr void (*targets[])(Bytes&) = {fuzz_pool,           fuzz_chain,
                                                fuzz_batch_norm,     fuzz_scale_shift,
                                                fuzz_excite,         fuzz_group,
                                                fuzz_layer,          fuzz_batch_backward,
                                                fuzz_training,       fuzz_group_backward,
                                                fuzz_max_indices,    fuzz_unpool,
                                                fuzz_max_backward,   fuzz_average_backward,
                                                fuzz_layer_backward, fuzz_lp_backward,
                                                fuzz_training_chain, fuzz_training_chain_backward,
                                                fuzz_response,       fuzz_response_backward};
  Bytes b(data, size);
  targets[target(b.byte(), sizeof targets / sizeof *targets)](b);
  return 0;
}
