// GroupNormPlan for C.
#include <poolnorm/c/group_norm.h>
#include <poolnorm/group_norm.hpp>

#include "c_api/answer.hpp"
#include "c_api/norm.hpp"
#include "c_api/run.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_group_norm_plan {
  GroupNormPlan plan;
};

namespace {

Status read(const poolnorm_group_norm_desc* c, GroupNormDesc& x) noexcept {
  poolnorm_group_norm_desc d = poolnorm_group_norm_desc_init();
  const char* const name = "desc";
  if (const Status s = read_struct(name, c, d); !s) return s;
  if (const Status s = check_reserved(name, d.reserved); !s) return s;
  x.src = from_c(d.src);
  x.dst = from_c(d.dst);
  x.groups = d.groups;
  x.epsilon = d.epsilon;
  return {};
}

Status read(const poolnorm_group_norm_data* c, GroupNormData& x) noexcept {
  poolnorm_group_norm_data d = poolnorm_group_norm_data_init();
  const char* const name = "data";
  if (const Status s = read_struct(name, c, d); !s) return s;
  x.src = d.src;
  x.dst = d.dst;
  x.gamma = {d.gamma.data, d.gamma.size};
  x.beta = {d.beta.data, d.beta.size};
  x.saved_mean = {d.saved_mean.data, d.saved_mean.size};
  x.saved_mean_low = {d.saved_mean_low.data, d.saved_mean_low.size};
  x.saved_invstd = {d.saved_invstd.data, d.saved_invstd.size};
  return {};
}

}  // namespace

int poolnorm_group_norm_plan_make(poolnorm_group_norm_plan** plan, const poolnorm_group_norm_desc* desc,
                                  const poolnorm_plan_options* options, poolnorm_status* status) {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  *plan = nullptr;
  GroupNormDesc d;
  PlanOptions o;
  Status s = read(desc, d);
  if (s) s = read(options, o);
  return s ? hand_over(GroupNormPlan::make(d, o), plan, status) : answer(s, status);
}

void poolnorm_group_norm_plan_destroy(poolnorm_group_norm_plan* plan) { delete plan; }

int poolnorm_group_norm_plan_run(const poolnorm_group_norm_plan* plan, const poolnorm_group_norm_data* data,
                                 const poolnorm_run_context* context, poolnorm_status* status) {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  GroupNormData d;
  RunContext c;
  Status s = read(data, d);
  if (s) s = read(context, c);
  return answer(s ? plan->plan.run(d, c) : s, status);
}

std::size_t poolnorm_group_norm_plan_workspace_bytes(const poolnorm_group_norm_plan* plan,
                                                     const poolnorm_executor* executor) {
  return plan == nullptr ? 0 : plan->plan.workspace_bytes(executor_of(executor));
}

std::size_t poolnorm_group_norm_plan_explain(const poolnorm_group_norm_plan* plan, char* buffer, std::size_t size) {
  if (buffer == nullptr) size = 0;
  return plan == nullptr ? GroupNormPlan().explain(buffer, size) : plan->plan.explain(buffer, size);
}
