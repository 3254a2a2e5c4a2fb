// ExcitePlan for C.
#include <poolnorm/c/excite.h>
#include <poolnorm/excite.hpp>

#include "c_api/answer.hpp"
#include "c_api/norm.hpp"
#include "c_api/plan.hpp"
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
  return make_plan<ExciteDesc>(plan, options, status, [&](ExciteDesc& d) { return read(desc, d); });
}

void poolnorm_excite_plan_destroy(poolnorm_excite_plan* plan) { delete plan; }

int poolnorm_excite_plan_run(const poolnorm_excite_plan* plan, const void* src, const void* scale, const void* residual,
                             void* dst, const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status,
                  [&](const auto& p, const RunContext& c) { return p.run(src, scale, residual, dst, c); });
}

std::size_t poolnorm_excite_plan_workspace_bytes(const poolnorm_excite_plan* plan, const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_excite_plan_explain(const poolnorm_excite_plan* plan, char* buffer, std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_excite(const poolnorm_excite_desc* desc, const void* src, const void* scale, void* dst,
                    const void* residual, poolnorm_status* status) {
  ExciteDesc d;
  const Status s = read(desc, d);
  return answer(s ? excite(d, src, scale, dst, residual) : s, status);
}
