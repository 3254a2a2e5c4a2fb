// LocalResponseNormBackwardPlan for C.
#include <poolnorm/c/local_response_norm_backward.h>
#include <poolnorm/local_response_norm_backward.hpp>

#include "c_api/plan.hpp"
#include "c_api/response.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_local_response_norm_backward_plan {
  LocalResponseNormBackwardPlan plan;
};

namespace {

Status read(const poolnorm_local_response_norm_backward_desc* c, LocalResponseNormBackwardDesc& x) noexcept {
  poolnorm_local_response_norm_backward_desc d = poolnorm_local_response_norm_backward_desc_init();
  const char* const name = "desc";
  if (const Status s = read_struct(name, c, d); !s) return s;
  if (const Status s = check_reserved(name, d.reserved); !s) return s;
  x.src = from_c(d.src);
  x.grad_dst = from_c(d.grad_dst);
  x.grad_src = from_c(d.grad_src);
  read_response(d, x);
  return {};
}

}  // namespace

int poolnorm_local_response_norm_backward_plan_make(poolnorm_local_response_norm_backward_plan** plan,
                                                    const poolnorm_local_response_norm_backward_desc* desc,
                                                    const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<LocalResponseNormBackwardDesc>(plan, options, status,
                                                  [&](LocalResponseNormBackwardDesc& d) { return read(desc, d); });
}

void poolnorm_local_response_norm_backward_plan_destroy(poolnorm_local_response_norm_backward_plan* plan) {
  delete plan;
}

int poolnorm_local_response_norm_backward_plan_run(const poolnorm_local_response_norm_backward_plan* plan,
                                                   const void* src, const void* grad_dst, void* grad_src,
                                                   const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status,
                  [&](const auto& p, const RunContext& c) { return p.run(src, grad_dst, grad_src, c); });
}

std::size_t poolnorm_local_response_norm_backward_plan_workspace_bytes(
    const poolnorm_local_response_norm_backward_plan* plan, const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_local_response_norm_backward_plan_explain(const poolnorm_local_response_norm_backward_plan* plan,
                                                               char* buffer, std::size_t size) {
  return explain(plan, buffer, size);
}
