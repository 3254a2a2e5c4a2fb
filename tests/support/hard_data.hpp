// Data that breaks ordinary sums: [3, 4, 37, 41] of large means, of outliers, of tiny and of equal numbers.
#pragma once

#include <string>
#include <vector>

#include "dense.hpp"
#include "training.hpp"

namespace poolnorm::tests {

struct HardData {
  std::string name;
  Dense x;
};

inline std::vector<HardData> hard_data() {
  const std::vector<std::int64_t> dims = {3, 4, 37, 41};
  std::vector<HardData> all = {
      {"N(0, 1)", normal_values(dims, 0, 1)},          {"mean 1e5 std 1", normal_values(dims, 1e5, 1)},
      {"mean 1.6e7 std 1", normal_values(dims, 1.6e7, 1)}, {"mean 1e30 std 1e29", normal_values(dims, 1e30, 1e29)},
      {"denormals", normal_values(dims, 0, 1e-39)},    {"mean 1e-6 std 1e-9", normal_values(dims, 1e-6, 1e-9)},
  };
  Dense spike(dims), step(dims), late(dims), constant(dims);
  for (std::size_t i = 0; i < spike.values.size(); ++i) {
    step.values[i] = i % 1517 < 700 ? 1.0f : 1000.0f;
    late.values[i] = i % 1517 == 1500 ? 1e20f : 0.0f;
    spike.values[i] = i % 1517 == 0 ? 1e20f : 0.0f;
    constant.values[i] = 1.1f;
  }
  all.push_back({"1e20 in front of zeros", spike});
  all.push_back({"1e20 among zeros", late});
  all.push_back({"a step", step});
  all.push_back({"constant", constant});
  return all;
}

}  // namespace poolnorm::tests
