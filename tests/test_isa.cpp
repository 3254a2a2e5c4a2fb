// Which kernels run: the ISA that the options name, or the best one under the cap of POOLNORM_ISA.
#include "support/doctest.hpp"

#include <cstdlib>
#include <cstring>

#include "support/check.hpp"
#include "support/scoped_environment.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

const PoolDesc small_pool = pool_desc(PoolOp::max, nchw({1, 2, 5, 6}), Window(3));

NormPlan small_norm(Isa isa) {
  ScaleShiftDesc desc;
  desc.src = nchw({1, 2, 5, 6});
  Result<NormPlan> plan = NormPlan::make(desc, {isa, StorePolicy::automatic});
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  return std::move(plan.value);
}

}  // namespace

TEST_CASE("some ISA is under test, and portable code is always there") {
  CHECK(!selected_isas().empty());
  CHECK(available(Isa::portable));
}

TEST_CASE("a named ISA is the one that runs") {
  for_each_isa([](Isa isa) {
    Result<PoolPlan> pool = PoolPlan::make(small_pool, {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(pool.ok(), message_of(pool));
    CHECK(runs_on(*pool, isa));
    CHECK(runs_on(small_norm(isa), isa));
    for (Isa other : all_isas) CHECK(runs_on(*pool, other) == (other == isa));
  });
}

TEST_CASE("an ISA that this build or CPU lacks is refused by name") {
  for (Isa isa : all_isas) {
    if (available(isa)) continue;
    const Result<PoolPlan> plan = PoolPlan::make(small_pool, {isa, StorePolicy::automatic});
    CHECK(plan.status.code == StatusCode::unsupported);
    CHECK_MESSAGE(contains(message_of(plan), name(isa)), message_of(plan));
  }
}

TEST_CASE("names of ISAs") {
  CHECK(std::string(name(Isa::best)) == "best");
  CHECK(std::string(name(Isa::portable)) == "portable");
  CHECK(std::string(name(Isa::avx512)) == "avx512");
  CHECK(std::string(name(static_cast<Isa>(99))) == "unknown");
  CHECK(!available(static_cast<Isa>(99)));
  CHECK(!available(static_cast<Isa>(-1)));
}

TEST_CASE("POOLNORM_ISA caps the default and nothing else") {
  for (Isa cap : all_isas) {
    if (!available(cap)) continue;
    const ScopedEnvironment environment("POOLNORM_ISA", name(cap));
    Result<PoolPlan> plan = PoolPlan::make(small_pool);
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    CHECK_MESSAGE(runs_on(*plan, cap), explain(*plan));
    CHECK(runs_on(small_norm(Isa::best), cap));
    for_each_isa([](Isa isa) { CHECK(runs_on(small_norm(isa), isa)); });
  }
}

TEST_CASE("an unknown POOLNORM_ISA is refused with its value") {
  const ScopedEnvironment environment("POOLNORM_ISA", "sse9000");
  const Result<PoolPlan> plan = PoolPlan::make(small_pool);
  CHECK(plan.status.code == StatusCode::invalid_argument);
  CHECK_MESSAGE(contains(message_of(plan), "POOLNORM_ISA"), message_of(plan));
  CHECK_MESSAGE(contains(message_of(plan), "sse9000"), message_of(plan));
}
