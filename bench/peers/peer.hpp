// Peers: other libraries, doing the same work in the same run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "subject.hpp"

namespace bench {

struct Peer {
  std::string name;     // of the column and the counters
  std::string version;
  // Null when the peer cannot do this layer.
  std::unique_ptr<Subject> (*make)(const Row& row, const Tensors& tensors);
};

// Those this build has, capped to `isa`. Call once, before anything else of theirs.
std::vector<Peer> make_peers(poolnorm::Isa isa);

}  // namespace bench
