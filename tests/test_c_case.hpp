// A request of test_c_api.c or test_c_options.c, in C++.
#pragma once

#include <vector>

#include <poolnorm/poolnorm.hpp>

#include "test_c_api.h"

namespace poolnorm::tests {

struct CppRequest {
  TensorDesc src;
  PlanOptions options;
  const float *x, *r;
  float* y;

  std::vector<char> memory;
  RunContext context(std::size_t bytes) {
    memory.resize(bytes);
    return {default_executor(), memory.data(), bytes};
  }
};

extern Status (*const cpp_options_cases[c_options_count])(CppRequest&);

}  // namespace poolnorm::tests
