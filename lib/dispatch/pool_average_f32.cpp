#define POOLNORM_TABLE f32_average
#define POOLNORM_FUNCTION f32_average_kernels
#include "dispatch/f32_pool_kernels.inc"
