/* The version of these headers. */
#pragma once

#define POOLNORM_VERSION_MAJOR 0
#define POOLNORM_VERSION_MINOR 1
#define POOLNORM_VERSION_PATCH 0

/* All three in one number that compares: 1.2.3 is 10203. */
#define POOLNORM_VERSION (POOLNORM_VERSION_MAJOR * 10000 + POOLNORM_VERSION_MINOR * 100 + POOLNORM_VERSION_PATCH)
