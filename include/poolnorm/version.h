/* The version of these headers. */
#pragma once

#define POOLNORM_VERSION_MAJOR 0
#define POOLNORM_VERSION_MINOR 1
#define POOLNORM_VERSION_PATCH 0
