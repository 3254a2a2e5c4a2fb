// ExcitePlan for C.
#include <poolnorm/c/excite.h>
#include <poolnorm/excite.hpp>

#include "c_api/answer.hpp"
#include "c_api/norm.hpp"
#include "c_api/run.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_excite_plan {
  ExcitePlan plan;
};

namespace {

Status read(const poolnorm_excite_desc* c, ExciteDesc& desc) noexcept {
  poolnorm_excite_desc d = poolnorm_excite_desc_init();
  if (const Status s = read_struct("desc", c, d); !s) return s;
  desc.src = from_c(d.src);
  desc.dst = from_c(d.dst);
  desc.residual = from_c(d.residual);
  desc.activation = from_c(d.activation);
  return {};
}

}  // namespace

int poolnorm_excite_plan_make(poolnorm_excite_plan** plan, const poolnorm_excite_desc* desc,
                              const poolnorm_plan_options* options, poolnorm_status* status) {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  *plan = nullptr;
  ExciteDesc d;
  PlanOptions o;
  Status s = read(desc, d);
  if (s) s = read(options, o);
  return s ? hand_over(ExcitePlan::make(d, o), plan, status) : answer(s, status);
}

void poolnorm_excite_plan_destroy(poolnorm_excite_plan* plan) { delete plan; }

int poolnorm_excite_plan_run(const poolnorm_excite_plan* plan, const float* src, const float* scale,
                             const float* residual, float* dst, const poolnorm_run_context* context,
                             poolnorm_status* status) {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  RunContext c;
  const Status s = read(context, c);
  return answer(s ? plan->plan.run(src, scale, residual, dst, c) : s, status);
}

std::size_t poolnorm_excite_plan_workspace_bytes(const poolnorm_excite_plan* plan, const poolnorm_executor* executor) {
  return plan == nullptr ? 0 : plan->plan.workspace_bytes(executor_of(executor));
}

std::size_t poolnorm_excite_plan_explain(const poolnorm_excite_plan* plan, char* buffer, std::size_t size) {
  if (buffer == nullptr) size = 0;
  return plan == nullptr ? ExcitePlan().explain(buffer, size) : plan->plan.explain(buffer, size);
}

int poolnorm_excite(const poolnorm_excite_desc* desc, const float* src, const float* scale, float* dst,
                    const float* residual, poolnorm_status* status) {
  ExciteDesc d;
  const Status s = read(desc, d);
  return answer(s ? excite(d, src, scale, dst, residual) : s, status);
}
