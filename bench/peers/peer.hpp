// Peers: other libraries, doing the same work in the same run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "subject.hpp"

namespace bench {

struct Peer {
  std::string name;  // of the column and the counters
  std::string version;
  // Null when the peer cannot do this layer. Throws when it would run with code that it should not need:
  // another instruction set, or its reference where it has a fast path.
  std::unique_ptr<Subject> (*make)(const Row& row, const Tensors& tensors);
  bool competes = true;  // another library, on the row's tensors as they are
  bool ours = false;     // calls of poolnorm, which do layers that no library is asked for, too
};

// Whether libraries left alone would run wider instructions than `isa`.
bool needs_cap(poolnorm::Isa isa);

// Those this build has, capped to `isa`. Call once, before anything else of theirs.
std::vector<Peer> make_peers(poolnorm::Isa isa);

}  // namespace bench
