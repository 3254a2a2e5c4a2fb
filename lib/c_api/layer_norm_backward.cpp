// LayerNormBackwardPlan for C.
#include <poolnorm/c/layer_norm_backward.h>
#include <poolnorm/layer_norm_backward.hpp>

#include "c_api/parameters.hpp"
#include "c_api/plan.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_layer_norm_backward_plan {
  LayerNormBackwardPlan plan;
};

namespace {

Status read(const poolnorm_layer_norm_backward_desc* c, LayerNormBackwardDesc& x) noexcept {
  poolnorm_layer_norm_backward_desc d = poolnorm_layer_norm_backward_desc_init();
  if (const Status s = read_struct("desc", c, d); !s) return s;
  x.src = from_c(d.src);
  x.grad_dst = from_c(d.grad_dst);
  x.grad_sum = from_c(d.grad_sum);
  x.grad_src = from_c(d.grad_src);
  x.axis = d.axis;
  x.statistics = static_cast<RowStatistics>(d.statistics);
  return {};
}

Status read(const poolnorm_layer_norm_backward_data* c, LayerNormBackwardData& x) noexcept {
  poolnorm_layer_norm_backward_data d = poolnorm_layer_norm_backward_data_init();
  if (const Status s = read_struct("data", c, d); !s) return s;
  x.src = d.src;
  x.grad_dst = d.grad_dst;
  x.grad_sum = d.grad_sum;
  x.grad_src = d.grad_src;
  x.gamma = from_c(d.gamma);
  x.mean = from_c(d.mean);
  x.mean_low = from_c(d.mean_low);
  x.invstd = from_c(d.invstd);
  x.grad_gamma = from_c(d.grad_gamma);
  x.grad_beta = from_c(d.grad_beta);
  return {};
}

}  // namespace

int poolnorm_layer_norm_backward_plan_make(poolnorm_layer_norm_backward_plan** plan,
                                           const poolnorm_layer_norm_backward_desc* desc,
                                           const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<LayerNormBackwardDesc>(plan, options, status,
                                          [&](LayerNormBackwardDesc& d) { return read(desc, d); });
}

void poolnorm_layer_norm_backward_plan_destroy(poolnorm_layer_norm_backward_plan* plan) { delete plan; }

int poolnorm_layer_norm_backward_plan_run(const poolnorm_layer_norm_backward_plan* plan,
                                          const poolnorm_layer_norm_backward_data* data,
                                          const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    LayerNormBackwardData d;
    const Status s = read(data, d);
    return s ? p.run(d, c) : s;
  });
}

std::size_t poolnorm_layer_norm_backward_plan_workspace_bytes(const poolnorm_layer_norm_backward_plan* plan,
                                                              const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_layer_norm_backward_plan_explain(const poolnorm_layer_norm_backward_plan* plan, char* buffer,
                                                      std::size_t size) {
  return explain(plan, buffer, size);
}
