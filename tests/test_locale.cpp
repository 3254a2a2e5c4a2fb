// Nothing depends on the program's locale. Turkish: a decimal comma, and an i whose capital is no I.
#include "support/doctest.hpp"

#include <clocale>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/check.hpp"
#include "support/scoped_environment.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

std::vector<std::string> texts() {
  std::vector<std::string> all;
  BatchNormDesc norm = norm_case(nchw({1, 3, 4, 5})).batch_norm();
  const std::vector<float> parameter(3, 1.0f);
  norm.mean = norm.variance = parameter;
  norm.gamma = norm.beta = {};
  for (float epsilon : {-0.5f, -1.25e-7f, -INFINITY, -3e38f}) {
    norm.epsilon = epsilon;
    all.push_back(message_of(NormPlan::make(norm)));
  }
  norm.epsilon = 1e-5f;
  norm.activation = clamp(1.5f, 0.25f);
  all.push_back(message_of(NormPlan::make(norm)));
  norm.activation = leaky_relu(NAN);
  all.push_back(message_of(NormPlan::make(norm)));
  BatchNormTrainingDesc training;
  training.src = norm.src;
  training.momentum = 1.0625f;
  all.push_back(message_of(BatchNormTrainingPlan::make(training)));
  for (Isa isa : selected_isas()) {
    const ScopedEnvironment cap("POOLNORM_ISA", name(isa));
    Result<PoolPlan> plan = PoolPlan::make(pool_desc(PoolOp::average, norm.src, Window(2)));
    REQUIRE(plan.ok());
    all.push_back(explain(*plan));
  }
  return all;
}

}  // namespace

TEST_CASE("messages and explain() are the same in every locale") {
  const std::vector<std::string> expected = texts();
  CHECK(contains(expected[0], "epsilon is -0.5,"));
  CHECK(contains(expected[1], "epsilon is -1.25e-07,"));
  CHECK(contains(expected[4], "activation.lo is 1.5 and activation.hi is 0.25,"));
  const bool found = std::setlocale(LC_ALL, "tr_TR.UTF-8") != nullptr;
  if (std::getenv("POOLNORM_REQUIRE_LOCALE") != nullptr) CHECK(found);  // tests/check_surroundings.sh makes it
  const std::vector<std::string> turkish = texts();
  std::setlocale(LC_ALL, "C");
  CHECK(turkish == expected);
}
