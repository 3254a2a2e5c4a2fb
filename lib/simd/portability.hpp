// The few words of the kernels that compilers spell differently. Kernels are built of many small functions;
// a call between them would cost more than its body.
#pragma once

#if defined(__GNUC__)
#define POOLNORM_INLINE inline __attribute__((always_inline))
#define POOLNORM_INLINE_LAMBDA __attribute__((always_inline))
#define POOLNORM_NOINLINE inline __attribute__((noinline))
#define POOLNORM_PREFETCH(address) __builtin_prefetch(address)
#elif defined(_MSC_VER)
#define POOLNORM_INLINE __forceinline
#define POOLNORM_NOINLINE __declspec(noinline) inline
#define POOLNORM_INLINE_LAMBDA
#define POOLNORM_PREFETCH(address) static_cast<void>(address)
#else
#define POOLNORM_INLINE inline
#define POOLNORM_NOINLINE inline
#define POOLNORM_INLINE_LAMBDA
#define POOLNORM_PREFETCH(address) static_cast<void>(address)
#endif

// For code that many loops contain: beside emulated vectors a call costs nothing.
#if defined(POOLNORM_ISA_PORTABLE)
#define POOLNORM_INLINE_VECTORS POOLNORM_NOINLINE
#else
#define POOLNORM_INLINE_VECTORS POOLNORM_INLINE
#endif
