// Random requests: every ISA against the reference, in any layout, under any executor.
// POOLNORM_TEST_CASES: how many runs of each kind (default 100000, shared by the ISAs of this
// machine).
// POOLNORM_TEST_SEED: the first seed; a failure prints the one that repeats it.
#include "support/doctest.hpp"

#include <algorithm>

#include "support/chain_case.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/environment.hpp"
#include "support/reference.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

std::int64_t requests() {
  const auto isas = std::count_if(std::begin(all_isas), std::end(all_isas), [](Isa isa) { return available(isa); });
  return environment_number("POOLNORM_TEST_CASES", 100000) / isas + 1;
}

void check_random_pool(Random& random) {
  const PoolDesc desc = random_pool(random);
  INFO(text_of(desc));
  if (!reference::geometry(desc).legal) {
    CHECK(PoolPlan::make(desc).status.code == StatusCode::invalid_argument);
    return;
  }
  const auto kind = static_cast<Values>(random.in(0, static_cast<int>(Values::count_) - 1));
  const Dense src = make_values(dims_of(desc.src), kind, random);
  const Dense expected = reference::pool(desc, src);
  for_each_isa([&](Isa isa) {
    CHECK(difference(run_pool(desc, src, random_how(isa, product(src.dims), random)), expected) == "");
  });
}

void check_random_norm(Random& random) {
  const NormCase norm = random_norm(random);
  INFO(norm.text());
  const Dense expected = norm.expected();
  const auto may_alias = [&](const TensorDesc& t) {
    return norm.dst.rank == 0 && t.rank != 0 && text_of(t) == text_of(norm.src);
  };
  for_each_isa([&](Isa isa) {
    Alias alias = Alias::none;
    if (random.chance(30) && may_alias(norm.src)) alias = Alias::src;
    if (random.chance(20) && may_alias(norm.residual)) alias = Alias::residual;
    CHECK(difference(norm.run(random_how(isa, product(norm.x.dims), random), alias), expected) == "");
  });
}

void check_random_chain(Random& random) {
  const ChainCase chain = random_chain(random);
  INFO(chain.text());
  const ChainOutputs expected = chain.expected();
  const bool in_place = text_of(chain.shapes.intermediate) == text_of(chain.shapes.src) && random.chance(50);
  for_each_isa([&](Isa isa) {
    CHECK(difference(chain.run(random_how(isa, product(chain.x.dims), random), in_place), expected) == "");
  });
}

template <class Check>
void check_requests(Check check) {
  const auto first = static_cast<std::uint64_t>(environment_number("POOLNORM_TEST_SEED", 20240601));
  const std::int64_t count = requests();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
    INFO("repeat with POOLNORM_TEST_SEED=", seed, " POOLNORM_TEST_CASES=1");
    Random random(seed);
    check(random);
  }
}

}  // namespace

TEST_CASE("random requests") {
  check_requests([](Random& random) { random.chance(75) ? check_random_pool(random) : check_random_norm(random); });
}

TEST_CASE("random chains") { check_requests(check_random_chain); }
