// BatchNormTrainingPlan for C.
#include "c_api/batch_norm_training.hpp"

#include "c_api/answer.hpp"
#include "c_api/moments.hpp"
#include "c_api/norm.hpp"
#include "c_api/parameters.hpp"
#include "c_api/plan.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_batch_norm_training_plan {
  BatchNormTrainingPlan plan;
};

namespace poolnorm::c_api {

Status read(const char* name, const poolnorm_batch_norm_training_desc* c, BatchNormTrainingDesc& x) noexcept {
  poolnorm_batch_norm_training_desc d = poolnorm_batch_norm_training_desc_init();
  if (const Status s = read_struct(name, c, d); !s) return s;
  if (const Status s = check_reserved(name, d.reserved); !s) return s;
  x.src = from_c(d.src);
  x.dst = from_c(d.dst);
  x.residual = from_c(d.residual);
  x.epsilon = d.epsilon;
  x.momentum = d.momentum;
  x.activation = from_c(d.activation);
  x.cumulative = d.cumulative != 0;
  x.unbiased_variance = d.unbiased_variance != 0;
  x.mask = d.mask != 0;
  return {};
}

Status read(const char* name, const poolnorm_batch_norm_training_data* c, BatchNormTrainingData& x) noexcept {
  poolnorm_batch_norm_training_data d = poolnorm_batch_norm_training_data_init();
  if (const Status s = read_struct(name, c, d); !s) return s;
  x.src = d.src;
  x.residual = d.residual;
  x.dst = d.dst;
  x.gamma = from_c(d.gamma);
  x.beta = from_c(d.beta);
  x.running_mean = from_c(d.running_mean);
  x.running_variance = from_c(d.running_variance);
  x.batches_tracked = d.batches_tracked;
  x.saved_mean = from_c(d.saved_mean);
  x.saved_mean_low = from_c(d.saved_mean_low);
  x.saved_invstd = from_c(d.saved_invstd);
  x.mask = d.mask;
  return {};
}

}  // namespace poolnorm::c_api

int poolnorm_batch_norm_training_plan_make(poolnorm_batch_norm_training_plan** plan,
                                           const poolnorm_batch_norm_training_desc* desc,
                                           const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<BatchNormTrainingDesc>(plan, options, status,
                                          [&](BatchNormTrainingDesc& d) { return read("desc", desc, d); });
}

void poolnorm_batch_norm_training_plan_destroy(poolnorm_batch_norm_training_plan* plan) { delete plan; }

int poolnorm_batch_norm_training_plan_run(const poolnorm_batch_norm_training_plan* plan,
                                          const poolnorm_batch_norm_training_data* data,
                                          const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    BatchNormTrainingData d;
    const Status s = read("data", data, d);
    return s ? p.run(d, c) : s;
  });
}

std::size_t poolnorm_batch_norm_training_plan_workspace_bytes(const poolnorm_batch_norm_training_plan* plan,
                                                              const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_batch_norm_training_plan_explain(const poolnorm_batch_norm_training_plan* plan, char* buffer,
                                                      std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_batch_norm_training_plan_partial(const poolnorm_batch_norm_training_plan* plan, const void* src,
                                              poolnorm_moments* moments, const poolnorm_run_context* context,
                                              poolnorm_status* status) {
  return run_plan(plan, context, status,
                  [&](const auto& p, const RunContext& c) { return p.partial(src, moments_of(moments), c); });
}

int poolnorm_batch_norm_training_plan_finalise(const poolnorm_batch_norm_training_plan* plan,
                                               const poolnorm_moments* moments,
                                               const poolnorm_batch_norm_training_data* data, poolnorm_status* status) {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  BatchNormTrainingData d;
  const Status s = read("data", data, d);
  return answer(s ? plan->plan.finalise(moments_of(moments), d) : s, status);
}

int poolnorm_batch_norm_training_plan_apply(const poolnorm_batch_norm_training_plan* plan,
                                            const poolnorm_moments* moments,
                                            const poolnorm_batch_norm_training_data* data,
                                            const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    BatchNormTrainingData d;
    const Status s = read("data", data, d);
    return s ? p.apply(moments_of(moments), d, c) : s;
  });
}

std::size_t poolnorm_batch_norm_training_plan_mask_bytes(const poolnorm_batch_norm_training_plan* plan) {
  return plan == nullptr ? 0 : plan->plan.mask_bytes();
}
