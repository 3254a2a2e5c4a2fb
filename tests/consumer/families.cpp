// One call of each family of operations that this poolnorm was built with, in C++ and in C. The argument
// names the families there should be, with commas between them; without it, whatever there is must work.
#include <poolnorm/poolnorm.h>
#include <poolnorm/poolnorm.hpp>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

using namespace poolnorm;

static const std::int64_t dims[] = {1, 1, 2, 2};
static const TensorDesc src = nchw({1, 1, 2, 2});
static const poolnorm_tensor_desc c_src = poolnorm_nchw(4, dims);
static const float x[] = {1, 2, 3, 6};
static const std::vector<float> mean{3}, variance{4};
static float from_cpp[4], from_c[4];

static bool good(const Status& status, int code) {
  if (!status) std::puts(status.message);
  return status.ok() && code == POOLNORM_STATUS_CODE_OK && std::memcmp(from_cpp, from_c, sizeof from_c) == 0;
}

// A workspace for either language.
struct Memory {
  std::vector<char> bytes = std::vector<char>(1 << 18);
  RunContext context;
  poolnorm_run_context c_context = poolnorm_run_context_init();

  Memory() {
    context.workspace = c_context.workspace = bytes.data();
    context.workspace_bytes = c_context.workspace_bytes = bytes.size();
  }
};

#if !defined(POOLNORM_WITHOUT_POOLS)
static bool pools() {
  const poolnorm_window window = poolnorm_window_square(2, 2, 0);
  return good(average_pool(x, src, from_cpp, Window(2)),
              poolnorm_average_pool(x, &c_src, from_c, &window, POOLNORM_DIVISOR_PADDED, nullptr)) &&
         from_cpp[0] == 3;
}
#endif

#if !defined(POOLNORM_WITHOUT_INDICES)
static bool indices() {
  Memory memory;
  MaxIndicesDesc desc;
  desc.pool.src = src;
  desc.pool.window = Window(2);
  std::int64_t index = -1, c_index = -1;
  const Result<MaxIndicesPlan> plan = MaxIndicesPlan::make(desc);
  poolnorm_pool_desc c_pool = poolnorm_pool_desc_init();
  c_pool.src = c_src;
  c_pool.window = poolnorm_window_square(2, 2, 0);
  const poolnorm_max_indices_desc c_desc = poolnorm_max_indices_desc_init(&c_pool);
  poolnorm_max_indices_plan* c_plan = nullptr;
  int code = poolnorm_max_indices_plan_make(&c_plan, &c_desc, nullptr, nullptr);
  if (code == 0) code = poolnorm_max_indices_plan_run(c_plan, x, from_c, &c_index, &memory.c_context, nullptr);
  poolnorm_max_indices_plan_destroy(c_plan);
  return good(plan ? plan->run(x, from_cpp, &index, memory.context) : plan.status, code) && from_cpp[0] == 6 && index == 3 &&
         c_index == 3;
}
#endif

#if !defined(POOLNORM_WITHOUT_NORMS)
static BatchNormDesc norm() {
  BatchNormDesc d;
  d.src = src;
  d.mean = mean;
  d.variance = variance;
  return d;
}
static poolnorm_batch_norm_desc c_norm() {
  poolnorm_batch_norm_desc d = poolnorm_batch_norm_desc_init();
  d.src = c_src;
  d.mean = poolnorm_floats_of(mean.data(), 1);
  d.variance = poolnorm_floats_of(variance.data(), 1);
  return d;
}
static bool responds() {
  LocalResponseNormDesc d;
  d.src = src;
  poolnorm_local_response_norm_desc c_desc = poolnorm_local_response_norm_desc_init();
  c_desc.src = c_src;
  return good(local_response_norm(d, x, from_cpp), poolnorm_local_response_norm(&c_desc, x, from_c, nullptr));
}
static bool norms() {
  const poolnorm_batch_norm_desc desc = c_norm();
  return good(batch_norm(norm(), x, from_cpp), poolnorm_batch_norm(&desc, x, from_c, nullptr, nullptr)) &&
         from_cpp[0] < 0 && responds();
}
#endif

#if !defined(POOLNORM_WITHOUT_CHAINS)
static bool chains() {
  const poolnorm_batch_norm_desc desc = c_norm();
  return good(fused_head(norm(), x, from_cpp), poolnorm_fused_head(&desc, x, from_c, nullptr));
}
#endif

#if !defined(POOLNORM_WITHOUT_STATISTICS)
static bool statistics() {
  LayerNormData data;
  data.src = x;
  data.dst = from_cpp;
  const Result<LayerNormPlan> plan = LayerNormPlan::make(rms_norm(src));
  poolnorm_layer_norm_data c_data = poolnorm_layer_norm_data_init();
  c_data.src = x;
  c_data.dst = from_c;
  const poolnorm_layer_norm_desc desc = poolnorm_rms_norm(c_src, 1);
  poolnorm_layer_norm_plan* c_plan = nullptr;
  int code = poolnorm_layer_norm_plan_make(&c_plan, &desc, nullptr, nullptr);
  if (code == 0) code = poolnorm_layer_norm_plan_run(c_plan, &c_data, nullptr, nullptr);
  poolnorm_layer_norm_plan_destroy(c_plan);
  return good(plan ? plan->run(data) : plan.status, code) && from_cpp[0] > 0;
}
#endif

#if !defined(POOLNORM_WITHOUT_GRADIENTS)
static bool responds_back() {
  Memory memory;
  LocalResponseNormBackwardDesc desc;
  desc.src = src;
  const Result<LocalResponseNormBackwardPlan> plan = LocalResponseNormBackwardPlan::make(desc);
  poolnorm_local_response_norm_backward_desc c_desc = poolnorm_local_response_norm_backward_desc_init();
  c_desc.src = c_src;
  poolnorm_local_response_norm_backward_plan* c_plan = nullptr;
  int code = poolnorm_local_response_norm_backward_plan_make(&c_plan, &c_desc, nullptr, nullptr);
  if (code == 0) code = poolnorm_local_response_norm_backward_plan_run(c_plan, x, x, from_c, &memory.c_context, nullptr);
  poolnorm_local_response_norm_backward_plan_destroy(c_plan);
  return good(plan ? plan->run(x, x, from_cpp, memory.context) : plan.status, code) && from_cpp[0] != 0;
}
static bool gradients() {
  BatchNormBackwardDesc desc;
  desc.src = src;
  desc.training = false;
  BatchNormBackwardData data;
  data.src = data.grad_dst = x;
  data.grad_src = from_cpp;
  data.mean = mean;
  data.variance = variance;
  Memory memory;
  const Result<BatchNormBackwardPlan> plan = BatchNormBackwardPlan::make(desc);
  poolnorm_batch_norm_backward_desc c_desc = poolnorm_batch_norm_backward_desc_init();
  c_desc.src = c_src;
  c_desc.training = 0;
  poolnorm_batch_norm_backward_data c_data = poolnorm_batch_norm_backward_data_init();
  c_data.src = c_data.grad_dst = x;
  c_data.grad_src = from_c;
  c_data.mean = poolnorm_floats_of(mean.data(), 1);
  c_data.variance = poolnorm_floats_of(variance.data(), 1);
  poolnorm_batch_norm_backward_plan* c_plan = nullptr;
  int code = poolnorm_batch_norm_backward_plan_make(&c_plan, &c_desc, nullptr, nullptr);
  if (code == 0) code = poolnorm_batch_norm_backward_plan_run(c_plan, &c_data, &memory.c_context, nullptr);
  poolnorm_batch_norm_backward_plan_destroy(c_plan);
  return good(plan ? plan->run(data, memory.context) : plan.status, code) && from_cpp[0] != 0 && responds_back();
}
#endif

#if !defined(POOLNORM_WITHOUT_TRAINING_CHAINS)
static bool training_chains() {
  Memory memory;
  TrainingChainDesc desc;
  desc.norm.src = src;
  desc.pool.op = PoolOp::average;
  desc.pool.window = Window(2);
  TrainingChainData data;
  data.norm.src = x;
  data.dst = from_cpp;
  const Result<TrainingChainPlan> plan = TrainingChainPlan::make(desc);
  poolnorm_batch_norm_training_desc c_norm_desc = poolnorm_batch_norm_training_desc_init();
  c_norm_desc.src = c_src;
  poolnorm_pool_desc c_pool = poolnorm_pool_desc_init();
  c_pool.op = POOLNORM_POOL_OP_AVERAGE;
  c_pool.window = poolnorm_window_square(2, 2, 0);
  const poolnorm_training_chain_desc c_desc = poolnorm_training_chain_desc_init(&c_norm_desc, &c_pool);
  poolnorm_batch_norm_training_data c_norm_data = poolnorm_batch_norm_training_data_init();
  c_norm_data.src = x;
  poolnorm_training_chain_data c_data = poolnorm_training_chain_data_init(&c_norm_data);
  c_data.dst = from_c;
  poolnorm_training_chain_plan* c_plan = nullptr;
  int code = poolnorm_training_chain_plan_make(&c_plan, &c_desc, nullptr, nullptr);
  if (code == 0) code = poolnorm_training_chain_plan_run(c_plan, &c_data, &memory.c_context, nullptr);
  poolnorm_training_chain_plan_destroy(c_plan);
  return good(plan ? plan->run(data, memory.context) : plan.status, code);
}
#endif

int main(int argc, char** argv) {
  const struct {
    const char* name;
    bool (*works)();
  } all[] = {
#if !defined(POOLNORM_WITHOUT_POOLS)
    {"pools", pools},
#endif
#if !defined(POOLNORM_WITHOUT_INDICES)
    {"indices", indices},
#endif
#if !defined(POOLNORM_WITHOUT_NORMS)
    {"norms", norms},
#endif
#if !defined(POOLNORM_WITHOUT_CHAINS)
    {"chains", chains},
#endif
#if !defined(POOLNORM_WITHOUT_STATISTICS)
    {"statistics", statistics},
#endif
#if !defined(POOLNORM_WITHOUT_GRADIENTS)
    {"gradients", gradients},
#endif
#if !defined(POOLNORM_WITHOUT_TRAINING_CHAINS)
    {"training_chains", training_chains},
#endif
  };
  if (version() != POOLNORM_VERSION || poolnorm_version() != POOLNORM_VERSION) return std::puts("version: wrong"), 1;
  std::string found;
  for (const auto& family : all) {
    if (!family.works()) return std::printf("%s: wrong\n", family.name), 1;
    found += (found.empty() ? "" : ",") + std::string(family.name);
  }
  std::puts(found.c_str());
  return argc == 1 || found == argv[1] ? 0 : 1;
}
