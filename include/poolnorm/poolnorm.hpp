// All of poolnorm.
#pragma once

#include <poolnorm/elements.hpp>
#include <poolnorm/executor.hpp>
#include <poolnorm/isa.hpp>
#include <poolnorm/options.hpp>
#include <poolnorm/parameters.hpp>
#include <poolnorm/quantization.hpp>
#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>
#include <poolnorm/version.hpp>

#if !defined(POOLNORM_WITHOUT_POOLS)
#include <poolnorm/pool.hpp>
#endif
#if !defined(POOLNORM_WITHOUT_INDICES)
#include <poolnorm/max_indices.hpp>
#include <poolnorm/pool_backward.hpp>
#endif
#if !defined(POOLNORM_WITHOUT_NORMS)
#include <poolnorm/excite.hpp>
#include <poolnorm/local_response_norm.hpp>
#include <poolnorm/norm.hpp>
#endif
#if !defined(POOLNORM_WITHOUT_CHAINS)
#include <poolnorm/chain.hpp>
#endif
#if !defined(POOLNORM_WITHOUT_STATISTICS)
#include <poolnorm/batch_norm_training.hpp>
#include <poolnorm/group_norm.hpp>
#include <poolnorm/layer_norm.hpp>
#include <poolnorm/moments.hpp>
#endif
#if !defined(POOLNORM_WITHOUT_GRADIENTS)
#include <poolnorm/layer_norm_backward.hpp>
#include <poolnorm/local_response_norm_backward.hpp>
#include <poolnorm/norm_backward.hpp>
#endif
#if !defined(POOLNORM_WITHOUT_TRAINING_CHAINS)
#include <poolnorm/training_chain.hpp>
#endif
