#define POOLNORM_TABLE f32_lp
#define POOLNORM_FUNCTION f32_lp_kernels
#include "dispatch/f32_pool_kernels.inc"
