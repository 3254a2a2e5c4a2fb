// XNNPACK as a peer: its subgraphs, which fuse clamps; channels last, and NCHW through transposes.
#pragma once

#include <optional>

#include "peers/peer.hpp"

namespace bench {

std::optional<Peer> make_xnnpack(poolnorm::Isa isa);  // none: it cannot be capped to `isa`

}  // namespace bench
