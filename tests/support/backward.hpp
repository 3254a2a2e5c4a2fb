// Gradients of batch and group norm as cases: what they must give, and runs on guarded memory.
#pragma once

#include <vector>

#include <poolnorm/norm_backward.hpp>

#include "dense.hpp"
#include "run.hpp"

namespace poolnorm::tests {

struct BackwardResult {
  Dense grad_src, grad_residual;
  std::vector<float> grad_gamma, grad_beta;
};
std::string difference(const BackwardResult& got, const BackwardResult& expected);

// Batch norm where groups is 0, else group norm.
struct BackwardCase {
  TensorDesc src, grad_dst, grad_src, grad_residual;  // the last three as in BatchNormBackwardDesc
  std::int64_t groups = 0;
  bool training = true;
  float epsilon = 1e-5f;
  std::vector<bool> passed;  // the mask, in N, C, spatial order; empty: none
  Dense x, dy;
  std::vector<float> gamma, mean, mean_low, invstd, variance;

  BackwardResult expected() const;
  BackwardResult run(const How& how, bool in_place = false) const;
};

// With statistics of x itself, mean_low included.
BackwardCase backward_case(const TensorDesc& src, const Dense& x, std::int64_t groups = 0, std::uint64_t seed = 1);

void check_backward(const BackwardCase& c, How how = {}, bool in_place = false);

}  // namespace poolnorm::tests
