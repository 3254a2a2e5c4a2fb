// POOLNORM_SANITIZED: 1 where a sanitizer stands in for malloc, system calls and signals. GCC says so by macros,
// Clang by features.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define POOLNORM_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define POOLNORM_SANITIZED 1
#endif
#endif
#if !defined(POOLNORM_SANITIZED)
#define POOLNORM_SANITIZED 0
#endif
