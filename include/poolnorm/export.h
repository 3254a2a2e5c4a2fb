/* POOLNORM_API: what a shared poolnorm exports. Users of one define POOLNORM_SHARED (the CMake target and
   the pkg-config file do); an archive exports nothing from whatever it is linked into. */
#pragma once

#if !defined(POOLNORM_SHARED)
#define POOLNORM_API
#elif !defined(_WIN32)
#define POOLNORM_API __attribute__((visibility("default")))
#elif defined(POOLNORM_BUILDING)
#define POOLNORM_API __declspec(dllexport)
#else
#define POOLNORM_API __declspec(dllimport)
#endif
