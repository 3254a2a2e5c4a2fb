#define POOLNORM_TABLE f32_max
#define POOLNORM_FUNCTION f32_max_kernels
#include "dispatch/f32_pool_kernels.inc"
