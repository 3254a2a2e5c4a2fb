// LocalResponseNormPlan for C.
#include <poolnorm/c/local_response_norm.h>
#include <poolnorm/local_response_norm.hpp>

#include "c_api/answer.hpp"
#include "c_api/plan.hpp"
#include "c_api/response.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_local_response_norm_plan {
  LocalResponseNormPlan plan;
};

namespace {

Status read(const poolnorm_local_response_norm_desc* c, LocalResponseNormDesc& x) noexcept {
  poolnorm_local_response_norm_desc d = poolnorm_local_response_norm_desc_init();
  const char* const name = "desc";
  if (const Status s = read_struct(name, c, d); !s) return s;
  if (const Status s = check_reserved(name, d.reserved); !s) return s;
  x.src = from_c(d.src);
  x.dst = from_c(d.dst);
  read_response(d, x);
  return {};
}

}  // namespace

int poolnorm_local_response_norm_plan_make(poolnorm_local_response_norm_plan** plan,
                                           const poolnorm_local_response_norm_desc* desc,
                                           const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<LocalResponseNormDesc>(plan, options, status,
                                          [&](LocalResponseNormDesc& d) { return read(desc, d); });
}

void poolnorm_local_response_norm_plan_destroy(poolnorm_local_response_norm_plan* plan) { delete plan; }

int poolnorm_local_response_norm_plan_run(const poolnorm_local_response_norm_plan* plan, const void* src, void* dst,
                                          const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) { return p.run(src, dst, c); });
}

std::size_t poolnorm_local_response_norm_plan_workspace_bytes(const poolnorm_local_response_norm_plan* plan,
                                                              const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_local_response_norm_plan_explain(const poolnorm_local_response_norm_plan* plan, char* buffer,
                                                      std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_local_response_norm(const poolnorm_local_response_norm_desc* desc, const void* src, void* dst,
                                 poolnorm_status* status) {
  LocalResponseNormDesc d;
  const Status s = read(desc, d);
  return answer(s ? local_response_norm(d, src, dst) : s, status);
}
