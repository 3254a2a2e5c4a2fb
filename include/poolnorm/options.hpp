// PlanOptions: how a plan is carried out. None of them changes a result.
#pragma once

#include <poolnorm/isa.hpp>

namespace poolnorm {

enum class StorePolicy : int {
  automatic = 0,  // past the caches when the output exceeds a quarter of the last (of at most 64 MiB)
  cached,         // the next layer reads the output at once
  // Nobody reads the output soon: a wish, followed where kernels write whole cache lines; explain() says so in store=,
  // where it has that field.
  streaming,
};

struct PlanOptions {
  Isa isa = Isa::best;  // a named ISA is taken exactly, or refused
  StorePolicy store = StorePolicy::automatic;
};

}  // namespace poolnorm
