/* How a plan is made and run: instruction sets, options, executors, workspace. C of isa.hpp, options.hpp and
   executor.hpp. Nothing here changes a result. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/rename.h>
#include <poolnorm/export.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* The environment variable POOLNORM_ISA caps BEST. A name that this build has no kernels for makes every plan of BEST
   refused. It is read whenever such a plan is made: do not change the environment meanwhile. */
enum {
  POOLNORM_ISA_BEST = 0, /* the fastest this CPU can run, capped by POOLNORM_ISA */
  POOLNORM_ISA_PORTABLE = 1,
  POOLNORM_ISA_SSE2 = 2,
  POOLNORM_ISA_AVX2 = 3,
  POOLNORM_ISA_AVX512 = 4,
  POOLNORM_ISA_NEON = 5
};

/* "best", "portable", "sse2", ...; "unknown" for a value that is none of them. */
POOLNORM_API const char* poolnorm_isa_name(int32_t isa);

/* 1 where this build has kernels for `isa` and this CPU (and its operating system) can run them, else 0. */
POOLNORM_API int poolnorm_isa_available(int32_t isa);

enum {
  POOLNORM_STORE_POLICY_AUTOMATIC = 0, /* past the cache when the output is large */
  POOLNORM_STORE_POLICY_CACHED = 1,    /* the next layer reads the output at once */
  /* Nobody reads the output soon: a wish, followed where kernels write whole cache lines; explain() says so in store=,
     where it has that field. */
  POOLNORM_STORE_POLICY_STREAMING = 2
};

/* Null where a function takes one: the defaults. */
typedef struct poolnorm_plan_options {
  size_t struct_size;
  int32_t isa;   /* POOLNORM_ISA_...: a named ISA is taken exactly, or refused */
  int32_t store; /* POOLNORM_STORE_POLICY_... */
} poolnorm_plan_options;

static inline poolnorm_plan_options poolnorm_plan_options_init(void) {
  poolnorm_plan_options o;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  return o;
}

/* Runs tasks [begin, end). `worker` is in [0, max_workers) and unique among the calls that one parallel_for has running
   at once; a later call with the same one sees what the earlier wrote. */
typedef void (*poolnorm_task)(void* context, int64_t begin, int64_t end, int worker);

/* Who runs the tasks of a plan. Zeroed: the calling thread. */
typedef struct poolnorm_executor {
  int max_workers;  /* below 1 means 1 */
  /* Calls `task` on ranges that cover [0, count) exactly once, on any threads and in any order (empty ones do nothing),
     and returns when all are done and what they wrote is visible to the caller. A run calls it never, once or several
     times. Null: the calling thread runs everything. Must not throw (C++) or longjmp past its caller. */
  void (*parallel_for)(void* self, int64_t count, poolnorm_task task, void* context);
  void* self;
} poolnorm_executor; /* those of poolnorm_openmp_executor belong together */

POOLNORM_API poolnorm_executor poolnorm_serial_executor(void);
/* `threads` threads; 0: as many as OpenMP says. Without OpenMP in the build: poolnorm_serial_executor(). */
POOLNORM_API poolnorm_executor poolnorm_openmp_executor(int threads);
POOLNORM_API poolnorm_executor poolnorm_default_executor(void);

/* What one run needs beside its data. A plan asks for ..._plan_workspace_bytes() bytes, at any alignment; two
   runs at the same time need two workspaces. It must overlap nothing that the run reads or writes; that is not
   checked. Null where a function takes one: the default executor, no workspace. */
typedef struct poolnorm_run_context {
  size_t struct_size;
  poolnorm_executor executor;
  void* workspace;
  size_t workspace_bytes;
} poolnorm_run_context;

static inline poolnorm_run_context poolnorm_run_context_init(void) {
  poolnorm_run_context c;
  memset(&c, 0, sizeof c);
  c.struct_size = sizeof c;
  c.executor = poolnorm_default_executor();
  return c;
}

#if defined(__cplusplus)
}
#endif
