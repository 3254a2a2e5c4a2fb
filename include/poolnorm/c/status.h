/* poolnorm_status: how poolnorm says no. C of status.hpp. */
#pragma once

#include <stdint.h>

#include <poolnorm/c/rename.h>
#include <poolnorm/export.h>

#define POOLNORM_STATUS_MESSAGE_SIZE 192

enum {
  POOLNORM_STATUS_CODE_OK = 0,
  POOLNORM_STATUS_CODE_INVALID_ARGUMENT = 1, /* a value that no version could accept */
  POOLNORM_STATUS_CODE_UNSUPPORTED = 2,      /* a legal request that this build or this CPU does not serve */
  POOLNORM_STATUS_CODE_OUT_OF_MEMORY = 3     /* plan creation could not allocate */
};

/* Written by every function that takes one; null: the caller wants the returned code only. */
typedef struct poolnorm_status {
  int32_t code;
  char message[POOLNORM_STATUS_MESSAGE_SIZE]; /* NUL-terminated, empty when ok */
} poolnorm_status;
