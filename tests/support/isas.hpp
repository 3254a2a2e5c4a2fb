// The ISAs under test: all that this build has and this CPU runs, or the one that --isa names, which then
// is the best one too.
#pragma once

#include "doctest.hpp"

#include <string>
#include <vector>

#include <poolnorm/isa.hpp>

namespace poolnorm::tests {

// Every named ISA, available or not.
inline constexpr Isa all_isas[] = {Isa::portable, Isa::sse2, Isa::avx2, Isa::avx512, Isa::neon};

const std::vector<Isa>& selected_isas();

// Reads --isa=NAME and POOLNORM_REQUIRE_ISAS="NAME NAME ..."; returns what is wrong, or "".
std::string select_isas(int argc, char** argv);

template <class F>
void for_each_isa(F f) {
  for (Isa isa : selected_isas()) {
    INFO("isa ", text_of(isa));
    f(isa);
  }
}

// The line that a plan's explain() writes.
template <class Plan>
std::string explain(const Plan& plan) {
  std::string text(plan.explain(nullptr, 0) + 1, '?');
  plan.explain(text.data(), text.size());
  text.pop_back();
  return text;
}

// Whether a plan runs on exactly this ISA.
template <class Plan>
bool runs_on(const Plan& plan, Isa isa) {
  return (' ' + explain(plan) + ' ').find(std::string(" isa=") + name(isa) + ' ') != std::string::npos;
}

}  // namespace poolnorm::tests
