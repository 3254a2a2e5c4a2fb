/* What test_c_api.c does in C, for test_c_api.cpp to compare with C++. */
#pragma once

#include <poolnorm/poolnorm.h>

#if defined(__cplusplus)
extern "C" {
#endif

enum { c_case_floats = 2 * 6 * 9 * 11 }; /* of x, r; y has four times as many */
enum { c_options_count = 11 };           /* requests of test_c_options.c, the last ones */

/* Runs request `i` through C on `isa`, from x (and r) into y; the code. -1: there is no such request. */
int c_case(int i, int nhwc, int32_t isa, const float* x, const float* r, float* y, poolnorm_status* status);

/* Refusals, struct sizes and null arguments: how many were not as they should be. Prints each. */
int c_refusals(void);

#if defined(__cplusplus)
}
#endif
