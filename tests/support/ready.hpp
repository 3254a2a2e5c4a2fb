// A plan with all that it needs to run, so that run() alone is left to do; and one of each family.
#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <poolnorm/poolnorm.hpp>

#include "check.hpp"

namespace poolnorm::tests {

// Copies share the plan.
struct Ready {
  std::string what;  // explain()
  std::function<Status(const float*, float*, const RunContext&)> call;
  std::function<std::size_t(const Executor&)> workspace_bytes;
  std::vector<float> x, y;
  std::vector<char> workspace;
  Executor executor;

  // Bit for bit: of other types than f32 they may look like NaN.
  bool gave(const std::vector<float>& expected) const {
    return y.size() == expected.size() && std::memcmp(y.data(), expected.data(), y.size() * sizeof(float)) == 0;
  }
  bool run() { return call(x.data(), y.data(), {executor, workspace.data(), workspace.size()}).ok(); }
};

Ready ready_pool(const PoolDesc& desc, const Executor& executor, Isa isa, Values kind = Values::signed_uniform);

// In both layouts, on every ISA, above the size from which work is shared out.
using OnReady = std::function<void(Ready&)>;
void for_each_ready(const Executor& executor, Values kind, const OnReady& f);

}  // namespace poolnorm::tests
