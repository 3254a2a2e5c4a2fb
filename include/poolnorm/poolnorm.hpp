// All of poolnorm.
#pragma once

#include <poolnorm/batch_norm_training.hpp>
#include <poolnorm/chain.hpp>
#include <poolnorm/excite.hpp>
#include <poolnorm/executor.hpp>
#include <poolnorm/group_norm.hpp>
#include <poolnorm/isa.hpp>
#include <poolnorm/layer_norm.hpp>
#include <poolnorm/moments.hpp>
#include <poolnorm/norm.hpp>
#include <poolnorm/norm_backward.hpp>
#include <poolnorm/options.hpp>
#include <poolnorm/pool.hpp>
#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>
