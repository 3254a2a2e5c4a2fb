// Gradients of batch and group norm as cases: what they must give, and runs on guarded memory.
#pragma once

#include <vector>

#include <poolnorm/norm_backward.hpp>

#include "dense.hpp"
#include "run.hpp"

namespace poolnorm::tests {

// T: float, which elements of f16 and bf16 are read as, or double.
template <class T>
struct BackwardResultOf {
  DenseOf<T> grad_src, grad_residual;
  std::vector<T> grad_gamma, grad_beta;
};
template <class T>
std::string difference(const BackwardResultOf<T>& got, const BackwardResultOf<T>& expected);

// What grad_dst itself is.
enum class GradDst { none, grad_src, grad_residual };

// Batch norm where groups is 0, else group norm.
template <class T>
struct BackwardCaseOf {
  TensorDesc src, grad_dst, grad_src, grad_residual;  // the last three as in BatchNormBackwardDesc
  std::int64_t groups = 0;
  bool training = true;
  float epsilon = 1e-5f;
  std::vector<bool> passed;  // the mask, in N, C, spatial order; empty: none
  DenseOf<T> x, dy;
  std::vector<T> gamma, mean, mean_low, invstd, variance;

  BackwardResultOf<T> expected() const;
  BackwardResultOf<T> run(const How& how, GradDst place = GradDst::none) const;
};

using BackwardResult = BackwardResultOf<float>;
using BackwardCase = BackwardCaseOf<float>;

// With statistics of x itself, mean_low included.
template <class T>
BackwardCaseOf<T> backward_case(const TensorDesc& src, const DenseOf<T>& x, std::int64_t groups = 0,
                                std::uint64_t seed = 1);

template <class T>
void check_backward(const BackwardCaseOf<T>& c, How how = {}, GradDst place = GradDst::none);

}  // namespace poolnorm::tests
