// Random requests: every ISA against the reference, in any layout, under any executor.
// POOLNORM_TEST_CASES: how many runs of each kind (default 100000, shared by the ISAs of this
// machine).
// POOLNORM_TEST_SEED: the first seed; a failure prints the one that repeats it.
#include "support/doctest.hpp"

#include <algorithm>
#include <cstdio>

#include "support/environment.hpp"
#include "support/isas.hpp"
#include "support/random_checks.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

std::int64_t requests() {
  const auto isas = std::count_if(std::begin(all_isas), std::end(all_isas), [](Isa isa) { return available(isa); });
  return environment_number("POOLNORM_TEST_CASES", 100000) / isas + 1;
}

// All of the requests, or one in `share` of them.
template <class Check>
void check_requests(Check check, std::int64_t share = 1) {
  const auto first = static_cast<std::uint64_t>(environment_number("POOLNORM_TEST_SEED", 20240601));
  const std::int64_t count = (requests() + share - 1) / share, before = compared_runs();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
    INFO("repeat with POOLNORM_TEST_SEED=", seed, " POOLNORM_TEST_CASES=1");
    Random random(seed);
    check(random);
  }
  std::printf("%lld random requests, %lld runs compared\n", static_cast<long long>(count),
              static_cast<long long>(compared_runs() - before));
}

}  // namespace

TEST_CASE("random requests") {
  check_requests([](Random& random) { random.chance(75) ? check_random_pool(random) : check_random_norm(random); });
}

TEST_CASE("random excitations") { check_requests(check_random_excite, 10); }

TEST_CASE("random chains") { check_requests(check_random_chain); }

TEST_CASE("random norms with statistics and gradients") {
  check_requests([](Random& random) {
    switch (random.in(0, 4)) {
      case 0: return check_random_training(random);
      case 1: return check_random_layer_norm(random);
      case 2: return check_random_group_norm(random);
      case 3: return check_random_row_backward(random);
      default: return check_random_backward(random);
    }
  });
}

TEST_CASE("random norms in training, in parts") { check_requests(check_random_training_in_parts, 5); }

TEST_CASE("random local response norms, and back") {
  check_requests(check_random_response, 20);
  check_requests(check_random_response_backward, 20);
}

TEST_CASE("random training chains, and back") { check_requests(check_random_training_chain, 5); }

TEST_CASE("random max pooling with indices, and back") { check_requests(check_random_indices, 5); }

TEST_CASE("random gradients of average pooling") { check_requests(check_random_pool_backward, 5); }
