/* poolnorm_status: how poolnorm says no. C of status.hpp. */
#pragma once

#include <stdint.h>

#include <poolnorm/c/rename.h>
#include <poolnorm/export.h>

#define POOLNORM_STATUS_MESSAGE_SIZE 192

enum {
  POOLNORM_STATUS_CODE_OK = 0,
  POOLNORM_STATUS_CODE_INVALID_ARGUMENT = 1, /* a value, a combination, a pointer, a workspace or POOLNORM_ISA that is wrong */
  POOLNORM_STATUS_CODE_UNSUPPORTED = 2,      /* legal, but not served by this version, build or CPU: strides, types, sizes */
  POOLNORM_STATUS_CODE_OUT_OF_MEMORY = 3     /* a plan, or the workspace of a one-line call, could not be allocated */
};

/* Written by every function that takes one; null: the caller wants the returned code only. */
typedef struct poolnorm_status {
  int32_t code;
  char message[POOLNORM_STATUS_MESSAGE_SIZE]; /* NUL-terminated, empty when ok */
} poolnorm_status;
