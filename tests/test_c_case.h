/* A request of the tests in C. */
#pragma once

#include <stdlib.h>

#include "test_c_api.h"

/* What the requests share. */
typedef struct run_case {
  poolnorm_tensor_desc src;
  poolnorm_plan_options options;
  poolnorm_run_context context;
  const float *x, *r;
  float* y;
  poolnorm_status* status;
} run_case;

static inline void take_workspace(run_case* c, size_t bytes) {
  c->context.workspace = malloc(bytes + 1);
  c->context.workspace_bytes = bytes;
}

/* Of test_c_options.c. */
extern int (*const c_options_cases[c_options_count])(run_case*);
