/* All of poolnorm for C99 and for whoever calls C. What an operation means is said in the C++ header of the
   same name (c/pool.h: pool.hpp); C names follow the C++ ones: PoolDesc is
   poolnorm_pool_desc, PoolPlan::run is poolnorm_pool_plan_run, PoolOp::max is POOLNORM_POOL_OP_MAX. But
   NormPlan::make is poolnorm_norm_plan_make_batch_norm and ..._make_scale_shift, name() and available() are
   poolnorm_isa_... and poolnorm_element_type_..., and the poolings of float* poolnorm_..._pool_f32.

   Structs. Two kinds:
     - values (tensor, spatial, window, starts, parameters, mutable_parameters, quantization, moments, activation,
       executor, status): their layout never changes.
     - structs with a leading `struct_size`: they grow at the end, from version to version. The
       poolnorm_..._init() of each sets struct_size and every default; a struct that is only zeroed is
       refused. An older caller's smaller struct is accepted, what it lacks has its default; a newer
       caller's larger one is accepted where everything beyond what the library knows is zero.
       Fields called `reserved` are 0.

   Errors. Every function that can fail returns a code (POOLNORM_STATUS_CODE_OK is 0) and, where the caller
   hands it a poolnorm_status, a message that names the field and the value. A refused call has written
   nothing else, but a plan that could not be made is set to null. Null pointers are refused, by name, where a code can
   say so. What a void* points at is believed, and aligned to the element's size, no more; the ..._f32 poolings refuse
   descriptors of another type.

   Plans. poolnorm_..._plan_make() checks everything and may allocate; ..._plan_run() allocates nothing, takes
   no lock, and may run in any number of threads at once; ..._plan_destroy() accepts null.

   Two versions in one program: see c/rename.h. */
#pragma once

#include <poolnorm/c/parameters.h>
#include <poolnorm/c/quantization.h>
#include <poolnorm/c/run.h>
#include <poolnorm/c/status.h>
#include <poolnorm/c/tensor.h>
#include <poolnorm/c/version.h>

#if !defined(POOLNORM_WITHOUT_POOLS)
#include <poolnorm/c/pool.h>
#endif
#if !defined(POOLNORM_WITHOUT_INDICES)
#include <poolnorm/c/max_indices.h>
#include <poolnorm/c/pool_backward.h>
#endif
#if !defined(POOLNORM_WITHOUT_NORMS)
#include <poolnorm/c/excite.h>
#include <poolnorm/c/local_response_norm.h>
#include <poolnorm/c/norm.h>
#endif
#if !defined(POOLNORM_WITHOUT_CHAINS)
#include <poolnorm/c/chain.h>
#endif
#if !defined(POOLNORM_WITHOUT_STATISTICS)
#include <poolnorm/c/batch_norm_training.h>
#include <poolnorm/c/group_norm.h>
#include <poolnorm/c/layer_norm.h>
#include <poolnorm/c/moments.h>
#endif
#if !defined(POOLNORM_WITHOUT_GRADIENTS)
#include <poolnorm/c/layer_norm_backward.h>
#include <poolnorm/c/local_response_norm_backward.h>
#include <poolnorm/c/norm_backward.h>
#endif
#if !defined(POOLNORM_WITHOUT_TRAINING_CHAINS)
#include <poolnorm/c/training_chain.h>
#endif
