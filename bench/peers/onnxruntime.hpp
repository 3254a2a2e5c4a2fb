// ONNX Runtime as a peer: all graph optimisations, its blocked layout among them; NHWC through transposes.
#pragma once

#include <optional>

#include "peers/peer.hpp"

namespace bench {

std::optional<Peer> make_onnxruntime(poolnorm::Isa isa);  // none: it cannot be capped to `isa`

}  // namespace bench
