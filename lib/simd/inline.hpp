// Kernels are built of many small functions; a call between them would cost more than its body.
#pragma once

#if defined(__GNUC__)
#define POOLNORM_INLINE inline __attribute__((always_inline))
#define POOLNORM_INLINE_LAMBDA __attribute__((always_inline))
#elif defined(_MSC_VER)
#define POOLNORM_INLINE __forceinline
#define POOLNORM_INLINE_LAMBDA
#else
#define POOLNORM_INLINE inline
#define POOLNORM_INLINE_LAMBDA
#endif
