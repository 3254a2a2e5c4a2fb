// Layers as primitives. False: oneDNN cannot, or not in this way.
#pragma once

#include "peers/onednn_primitives.hpp"

namespace bench::onednn {

enum class Fusion { flag, post_op, none };  // the activation: a flag of the norm, a post-op, or a primitive

// Of a gradient, they run forward once; its input must be there.
bool add_pool(const Row& row, const Memories& memories, Primitives& primitives);
bool add_norm(const Row& row, const Memories& memories, const NormParameters& parameters, Fusion fusion,
              Primitives& primitives);
bool add_response(const Row& row, const Memories& memories, Primitives& primitives);
bool add_norm_gradient(const Row& row, const Memories& memories, const NormParameters& parameters,
                       Primitives& primitives);

}  // namespace bench::onednn
