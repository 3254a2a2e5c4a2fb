// Options, executors and run contexts of C.
#pragma once

#include <poolnorm/c/run.h>
#include <poolnorm/executor.hpp>
#include <poolnorm/options.hpp>
#include <poolnorm/status.hpp>

namespace poolnorm::c_api {

Executor from_c(const poolnorm_executor& c) noexcept;

// Null: the default one.
Executor executor_of(const poolnorm_executor* c) noexcept;

// Null: the defaults.
Status read(const poolnorm_plan_options* c, PlanOptions& options) noexcept;
Status read(const poolnorm_run_context* c, RunContext& context) noexcept;

}  // namespace poolnorm::c_api
