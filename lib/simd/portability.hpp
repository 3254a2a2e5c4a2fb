// The few words of the kernels that compilers spell differently. Kernels are built of many small functions;
// a call between them would cost more than its body.
#pragma once

#include <cstdint>

// Bits and NaN rules are what the source says; cmake/compiler.cmake undoes such options of a project around us.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(__ASSOCIATIVE_MATH__) || \
    defined(__RECIPROCAL_MATH__) || defined(__NO_SIGNED_ZEROS__)
#error "poolnorm's kernels must not be compiled with -ffast-math, -Ofast or a part of them"
#endif
// A sum of two f32 must be an f32. 16: only what is shorter than f32 is calculated in f32.
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "poolnorm's kernels must not be compiled for the x87 unit: -msse2 -mfpmath=sse"
#endif

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

// A vector that the compiler does not look through: what chose it is chosen before it is used.
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__)) && !defined(POOLNORM_ISA_PORTABLE)
#define POOLNORM_OPAQUE(v) __asm__("" : "+v"((v).data))
#elif defined(__GNUC__) && defined(__aarch64__) && !defined(POOLNORM_ISA_PORTABLE)
#define POOLNORM_OPAQUE(v) __asm__("" : "+w"((v).data))
#else
#define POOLNORM_OPAQUE(v) static_cast<void>(v)
#endif

// A vector that several instructions use is loaded once. GCC 12 makes the load an operand of each: 24 for the nine taps of a
// 3 x 3 window with indices, which then wait for loads alone. Pays where registers are many.
#if defined(POOLNORM_ISA_AVX512)
#define POOLNORM_LOAD_ONCE(v) POOLNORM_OPAQUE(v)
#else
#define POOLNORM_LOAD_ONCE(v) static_cast<void>(v)
#endif

// What is read so many bytes on, or 4 KiB on, is fetched meanwhile: memory answers after as long as that takes to read. The
// address may lie anywhere; nothing is read there.
#define POOLNORM_FETCH(address, bytes) \
  POOLNORM_PREFETCH(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(address) + static_cast<std::uintptr_t>(bytes)))
#define POOLNORM_FETCH_AHEAD(address) POOLNORM_FETCH(address, 4096)

// For code that many loops contain: beside emulated vectors a call costs nothing.
#if defined(POOLNORM_ISA_PORTABLE)
#define POOLNORM_INLINE_VECTORS POOLNORM_NOINLINE
#else
#define POOLNORM_INLINE_VECTORS POOLNORM_INLINE
#endif
