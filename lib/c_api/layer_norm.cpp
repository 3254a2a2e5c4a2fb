// LayerNormPlan for C.
#include <poolnorm/c/layer_norm.h>
#include <poolnorm/layer_norm.hpp>

#include "c_api/norm.hpp"
#include "c_api/parameters.hpp"
#include "c_api/plan.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_layer_norm_plan {
  LayerNormPlan plan;
};

namespace {

Status read(const poolnorm_layer_norm_desc* c, LayerNormDesc& x) noexcept {
  poolnorm_layer_norm_desc d = poolnorm_layer_norm_desc_init();
  const char* const name = "desc";
  if (const Status s = read_struct(name, c, d); !s) return s;
  if (const Status s = check_reserved(name, d.reserved); !s) return s;
  x.src = from_c(d.src);
  x.dst = from_c(d.dst);
  x.residual = from_c(d.residual);
  x.sum = from_c(d.sum);
  x.axis = d.axis;
  x.statistics = static_cast<RowStatistics>(d.statistics);
  x.epsilon = d.epsilon;
  return {};
}

Status read(const poolnorm_layer_norm_data* c, LayerNormData& x) noexcept {
  poolnorm_layer_norm_data d = poolnorm_layer_norm_data_init();
  const char* const name = "data";
  if (const Status s = read_struct(name, c, d); !s) return s;
  x.src = d.src;
  x.residual = d.residual;
  x.sum = d.sum;
  x.dst = d.dst;
  x.gamma = from_c(d.gamma);
  x.beta = from_c(d.beta);
  x.saved_mean = from_c(d.saved_mean);
  x.saved_mean_low = from_c(d.saved_mean_low);
  x.saved_invstd = from_c(d.saved_invstd);
  return {};
}

}  // namespace

int poolnorm_layer_norm_plan_make(poolnorm_layer_norm_plan** plan, const poolnorm_layer_norm_desc* desc,
                                  const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<LayerNormDesc>(plan, options, status, [&](LayerNormDesc& d) { return read(desc, d); });
}

void poolnorm_layer_norm_plan_destroy(poolnorm_layer_norm_plan* plan) { delete plan; }

int poolnorm_layer_norm_plan_run(const poolnorm_layer_norm_plan* plan, const poolnorm_layer_norm_data* data,
                                 const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    LayerNormData d;
    const Status s = read(data, d);
    return s ? p.run(d, c) : s;
  });
}

std::size_t poolnorm_layer_norm_plan_workspace_bytes(const poolnorm_layer_norm_plan* plan,
                                                     const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_layer_norm_plan_explain(const poolnorm_layer_norm_plan* plan, char* buffer, std::size_t size) {
  return explain(plan, buffer, size);
}
