#include "c_api/run.hpp"

#include "c_api/versioned.hpp"

namespace poolnorm::c_api {

Executor from_c(const poolnorm_executor& c) noexcept { return {c.max_workers, c.parallel_for, c.self}; }

Executor executor_of(const poolnorm_executor* c) noexcept { return c == nullptr ? default_executor() : from_c(*c); }

Status read(const poolnorm_plan_options* c, PlanOptions& options) noexcept {
  if (c == nullptr) return {};
  poolnorm_plan_options o = poolnorm_plan_options_init();
  const Status s = read_struct("options", c, o);
  if (s) options = {static_cast<Isa>(o.isa), static_cast<StorePolicy>(o.store)};
  return s;
}

Status read(const poolnorm_run_context* c, RunContext& context) noexcept {
  if (c == nullptr) {
    context.executor = default_executor();
    return {};
  }
  poolnorm_run_context r{};
  const Status s = read_struct("context", c, r);
  if (s) context = {from_c(r.executor), r.workspace, r.workspace_bytes};
  return s;
}

namespace {

poolnorm_executor to_c(const Executor& e) noexcept { return {e.max_workers, e.parallel_for, e.self}; }

}  // namespace
}  // namespace poolnorm::c_api

using namespace poolnorm;
using poolnorm::c_api::to_c;

const char* poolnorm_isa_name(std::int32_t isa) { return name(static_cast<Isa>(isa)); }
int poolnorm_isa_available(std::int32_t isa) { return available(static_cast<Isa>(isa)) ? 1 : 0; }

poolnorm_executor poolnorm_serial_executor() { return to_c(serial_executor()); }
poolnorm_executor poolnorm_openmp_executor(int threads) { return to_c(openmp_executor(threads)); }
poolnorm_executor poolnorm_default_executor() { return to_c(default_executor()); }
