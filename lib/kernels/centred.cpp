// The table of norms behind statistics, of one ISA.
#include "kernels/centred.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

template <class Channels, Residual Res>
void centred_with(const AffineArgs& a) {
  a.mask != nullptr ? affine_loops<InF32, Channels, Res, AffineAct::relu, ReluMask>(a)
                    : affine_with<InF32, Channels, Res>(a);
}

template <class Channels>
void with_residual(const AffineArgs& a) {
  if (a.residual == nullptr) return centred_with<Channels, Residual::none>(a);
  return centred_with<Channels, Residual::per_element>(a);
}

void centred(const AffineArgs& a) {
  a.channel_per_element ? with_residual<CentredPerElement<F32>>(a) : with_residual<CentredChannel<F32>>(a);
  if (a.stream) stream_fence();
}

template <bool Gamma, bool Beta>
void row_with(const AffineArgs& a) {
  affine_loops<InF32, CentredRow<F32, Gamma, Beta>, Residual::none, AffineAct::none>(a);
}

void row(const AffineArgs& a) {
  if (a.scale != nullptr) {
    a.shift != nullptr ? row_with<true, true>(a) : row_with<true, false>(a);
  } else {
    a.shift != nullptr ? row_with<false, true>(a) : row_with<false, false>(a);
  }
  if (a.stream) stream_fence();
}

void add(const AddArgs& a) {
  const float *x = static_cast<const float*>(a.a), *y = static_cast<const float*>(a.b);
  float* const dst = static_cast<float*>(a.dst);
  std::int64_t i = 0;
  for (; i + lanes32 <= a.width; i += lanes32) store(dst + i, load(x + i) + load(y + i));
  if (i < a.width) {
    const Part len{a.width - i};
    store(dst + i, load(x + i, len) + load(y + i, len), len);
  }
}

}  // namespace

extern const TrainingKernels training_kernels;
constexpr TrainingKernels training_kernels{centred, row, add};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
