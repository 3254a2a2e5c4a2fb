#define POOLNORM_TABLE f32_min
#define POOLNORM_FUNCTION f32_min_kernels
#include "dispatch/f32_pool_kernels.inc"
