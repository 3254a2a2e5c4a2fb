// All of poolnorm.
#pragma once

#include <poolnorm/chain.hpp>
#include <poolnorm/excite.hpp>
#include <poolnorm/executor.hpp>
#include <poolnorm/isa.hpp>
#include <poolnorm/norm.hpp>
#include <poolnorm/options.hpp>
#include <poolnorm/pool.hpp>
#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>
