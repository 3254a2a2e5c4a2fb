// The way a peer does a layer best: all that it has are tried on the row itself.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "measure.hpp"
#include "subject.hpp"

namespace bench {

using Way = std::function<std::unique_ptr<Subject>()>;  // null: the peer cannot do it in this way

// The subject of the fastest way, by a short trial of each; null if there is none. `evict` as in measure().
std::unique_ptr<Subject> fastest(const std::vector<Way>& ways, const std::function<void()>& evict);

}  // namespace bench
