// Random requests, each run on every ISA, with either canary, in any layout, under any executor, and compared
// bit for bit with the reference. What they do is decided by `random` alone.
#pragma once

#include "random.hpp"

namespace poolnorm::tests {

// Runs of a plan on one ISA and with one canary, so far.
std::int64_t compared_runs();

void check_random_pool(Random& random);
void check_random_indices(Random& random);
void check_random_pool_backward(Random& random);
void check_random_norm(Random& random);
void check_random_excite(Random& random);
void check_random_chain(Random& random);
void check_random_training(Random& random);
void check_random_training_in_parts(Random& random);
void check_random_training_chain(Random& random);
void check_random_layer_norm(Random& random);
void check_random_group_norm(Random& random);
void check_random_response(Random& random);
void check_random_response_backward(Random& random);
void check_random_backward(Random& random);
void check_random_row_backward(Random& random);

}  // namespace poolnorm::tests
