/* The version of the library that a program runs with; version.h has that of the headers it was compiled with. */
#pragma once

#include <poolnorm/c/rename.h>
#include <poolnorm/export.h>
#include <poolnorm/version.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* POOLNORM_VERSION of the library's own headers. */
POOLNORM_API int poolnorm_version(void);

#if defined(__cplusplus)
}
#endif
