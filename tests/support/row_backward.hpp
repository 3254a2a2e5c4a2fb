// Gradients of layer and RMS norm as cases: what they must give, and runs on guarded memory.
#pragma once

#include <vector>

#include <poolnorm/layer_norm_backward.hpp>

#include "dense.hpp"
#include "run.hpp"

namespace poolnorm::tests {

// T: float, which elements of f16 and bf16 are read as, or double.
template <class T>
struct RowBackwardResultOf {
  DenseOf<T> grad_src;
  std::vector<T> grad_gamma, grad_beta;
};
template <class T>
std::string difference(const RowBackwardResultOf<T>& got, const RowBackwardResultOf<T>& expected);

// What grad_src is.
enum class RowBackwardPlace { own, grad_dst, grad_sum };

template <class T>
struct RowBackwardCaseOf {
  LayerNormBackwardDesc desc;
  DenseOf<T> x, dy, ds;  // ds where desc.grad_sum is given
  std::vector<T> gamma, mean, mean_low, invstd;
  bool parameters = true;  // their gradients are wanted

  std::int64_t width() const;
  RowBackwardResultOf<T> expected() const;
  RowBackwardResultOf<T> run(const How& how, RowBackwardPlace place = RowBackwardPlace::own) const;
};

using RowBackwardResult = RowBackwardResultOf<float>;
using RowBackwardCase = RowBackwardCaseOf<float>;

// With statistics of x itself, as the forward plan saves them.
template <class T = float>
RowBackwardCaseOf<T> row_backward_case(const TensorDesc& src, int axis, bool centred);

// With statistics of another x, as a forward run saves them.
void set_input(RowBackwardCase& c, const Dense& x);

template <class T>
void check_row_backward(const RowBackwardCaseOf<T>& c, How how = {}, RowBackwardPlace place = RowBackwardPlace::own);

}  // namespace poolnorm::tests
