// oneDNN as a peer: versions 2.6 and 3, plain layouts, its own fusion where it has one.
#pragma once

#include "peers/peer.hpp"

namespace bench {

Peer make_onednn(poolnorm::Isa isa);
Peer make_onednn_blocked();  // between tensors in its own layout: what a network of its own would pay

}  // namespace bench
