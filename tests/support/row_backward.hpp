// Gradients of layer and RMS norm as cases: what they must give, and runs on guarded memory.
#pragma once

#include <vector>

#include <poolnorm/layer_norm_backward.hpp>

#include "dense.hpp"
#include "run.hpp"

namespace poolnorm::tests {

struct RowBackwardResult {
  Dense grad_src;
  std::vector<float> grad_gamma, grad_beta;
};
std::string difference(const RowBackwardResult& got, const RowBackwardResult& expected);

// What grad_src is.
enum class RowBackwardPlace { own, grad_dst, grad_sum };

struct RowBackwardCase {
  LayerNormBackwardDesc desc;
  Dense x, dy, ds;  // ds where desc.grad_sum is given
  std::vector<float> gamma, mean, mean_low, invstd;
  bool parameters = true;  // their gradients are wanted

  std::int64_t width() const;
  RowBackwardResult expected() const;
  RowBackwardResult run(const How& how, RowBackwardPlace place = RowBackwardPlace::own) const;
};

// With statistics of x itself, as the forward plan saves them.
RowBackwardCase row_backward_case(const TensorDesc& src, int axis, bool centred);

void check_row_backward(const RowBackwardCase& c, How how = {}, RowBackwardPlace place = RowBackwardPlace::own);

}  // namespace poolnorm::tests
