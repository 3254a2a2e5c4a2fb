/* A C program: a plan, its workspace, one run, one refusal. */
#include <poolnorm/poolnorm.h>

#include <stdio.h>
#include <stdlib.h>

int main(void) {
  const int64_t dims[] = {1, 1, 2, 4};
  const float image[] = {1, 2, 3, 4, 5, 6, 7, 8};
  float pooled[2] = {0, 0};
  poolnorm_status status;
  poolnorm_pool_plan* plan;
  poolnorm_run_context context = poolnorm_run_context_init();
  poolnorm_pool_desc desc = poolnorm_pool_desc_init();
  desc.src = poolnorm_nchw(4, dims);
  desc.window = poolnorm_window_square(2, 2, 0);
  if (poolnorm_version() != POOLNORM_VERSION) {
    printf("headers of version %d, a library of version %d\n", POOLNORM_VERSION, poolnorm_version());
    return 1;
  }
  if (poolnorm_pool_plan_make(&plan, &desc, NULL, &status) != POOLNORM_STATUS_CODE_OK) {
    puts(status.message);
    return 1;
  }
  context.workspace_bytes = poolnorm_pool_plan_workspace_bytes(plan, &context.executor);
  context.workspace = malloc(context.workspace_bytes + 1);
  if (poolnorm_pool_plan_run(plan, image, pooled, &context, &status) != POOLNORM_STATUS_CODE_OK) {
    puts(status.message);
    return 1;
  }
  poolnorm_pool_plan_destroy(plan);
  free(context.workspace);

  desc.window.stride = poolnorm_spatial_all(0);
  if (poolnorm_pool_plan_make(&plan, &desc, NULL, &status) == POOLNORM_STATUS_CODE_OK || plan != NULL) return 1;
  printf("%g %g; refused: %s\n", pooled[0], pooled[1], status.message);
  return pooled[0] == 6 && pooled[1] == 8 ? 0 : 1;
}
