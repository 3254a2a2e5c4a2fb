// What the functions of every opaque plan, a struct { Plan plan; }, have in common.
#pragma once

#include "c_api/answer.hpp"
#include "c_api/run.hpp"

namespace poolnorm::c_api {

// read_desc(Desc&) -> Status
template <class Desc, class Opaque, class Read>
int make_plan(Opaque** plan, const poolnorm_plan_options* options, poolnorm_status* status, Read read_desc) noexcept {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  *plan = nullptr;
  Desc d;
  PlanOptions o;
  Status s = read_desc(d);
  if (s) s = read(options, o);
  return s ? hand_over(decltype(Opaque::plan)::make(d, o), plan, status) : answer(s, status);
}

// call(plan, RunContext) -> Status
template <class Opaque, class Call>
int run_plan(const Opaque* plan, const poolnorm_run_context* context, poolnorm_status* status, Call call) noexcept {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  RunContext c{serial_executor()};  // asks OpenMP nothing before it is read
  const Status s = read(context, c);
  return answer(s ? call(plan->plan, c) : s, status);
}

template <class Opaque>
std::size_t workspace_bytes(const Opaque* plan, const poolnorm_executor* executor) noexcept {
  return plan == nullptr ? 0 : plan->plan.workspace_bytes(executor_of(executor));
}

template <class Opaque>
std::size_t explain(const Opaque* plan, char* buffer, std::size_t size) noexcept {
  if (buffer == nullptr) size = 0;
  return plan == nullptr ? decltype(Opaque::plan)().explain(buffer, size) : plan->plan.explain(buffer, size);
}

}  // namespace poolnorm::c_api
