// A plan that was to be made, and on the ISA of `how`.
#pragma once

#include "doctest.hpp"
#include "isas.hpp"
#include "run.hpp"

namespace poolnorm::tests {

template <class Plan>
void check_made(const Result<Plan>& plan, const How& how) {
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  REQUIRE_MESSAGE((how.isa == Isa::best || runs_on(plan.value, how.isa)), explain(plan.value));
}

}  // namespace poolnorm::tests
