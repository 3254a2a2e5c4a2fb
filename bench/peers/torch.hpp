// PyTorch's C++ library as a peer: inference mode, outputs given, contiguous or channels-last tensors.
#pragma once

#include <optional>

#include "peers/peer.hpp"

namespace bench {

std::optional<Peer> make_torch(poolnorm::Isa isa);  // none: it cannot be capped to `isa`

}  // namespace bench
