// Norms that are refused, by every entry point in the same words.
#include <cmath>
#include <type_traits>

#include "support/check.hpp"
#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Norm = BatchNormDesc&;
using Explicit = ScaleShiftDesc&;

template <class Desc, class Change>
void refuse_desc(Desc desc, Change change, const Words& words, StatusCode code) {
  change(desc);
  const BystanderData data;
  const float* const residual = desc.residual.rank != 0 ? data.src() : nullptr;
  check_message(NormPlan::make(desc).status, code, words);
  if constexpr (std::is_same_v<Desc, BatchNormDesc>)
    check_message(batch_norm(desc, data.src(), data.dst(), residual), code, words);
  else
    check_message(scale_shift(desc, data.src(), data.dst(), residual), code, words);
}

template <class Change>
void refuse(Change change, const Words& words, StatusCode code = StatusCode::invalid_argument) {
  const NormCase norm = norm_case(nchw({2, 3, 8, 9}));
  if constexpr (std::is_invocable_v<Change, Norm>)
    refuse_desc(norm.batch_norm(), change, words, code);
  else
    refuse_desc(norm.scale_shift(), change, words, code);
}

// The dims and strides of src, but for one stride.
TensorDesc with_stride(TensorDesc t, int axis, std::int64_t stride) {
  t.strides[axis] = stride;
  return t;
}

}  // namespace

TEST_CASE("parameters of norms that are refused") {
  refuse([](Norm d) { d.mean = {}; }, {"mean"});
  refuse([](Norm d) { d.variance = {}; }, {"variance"});
  refuse([](Norm d) { d.mean.size = 2; }, {"mean has 2", "3"});
  refuse([](Norm d) { d.variance.size = 4; }, {"variance has 4", "3"});
  refuse([](Norm d) { d.gamma.size = 1; }, {"gamma has 1", "3"});
  refuse([](Norm d) { d.beta.size = -1; }, {"beta has -1", "3"});
  refuse([](Norm d) { d.gamma = Parameters(nullptr, 3); }, {"gamma"});
  refuse([](Explicit d) { d.scale.size = 2; }, {"scale has 2", "3"});
  refuse([](Explicit d) { d.shift = Parameters(nullptr, 3); }, {"shift"});
  static const std::vector<double> doubles(3);
  refuse([](Norm d) { d.variance = doubles; }, {"variance holds f64, must hold f32"});
  refuse([](Explicit d) { d.shift = doubles; }, {"shift holds f64, must hold f32"});
  refuse([](Norm d) { d.gamma.type = static_cast<ElementType>(77); }, {"gamma holds unknown, must hold f32"});
  refuse([](Norm d) { d.epsilon = -1e-5f; }, {"epsilon is -1e-05"});
  refuse([](Norm d) { d.epsilon = INFINITY; }, {"epsilon is inf"});
  refuse([](Norm d) { d.epsilon = -INFINITY; }, {"epsilon is -inf"});
  refuse([](Norm d) { d.epsilon = NAN; }, {"epsilon is", "nan"});
}

TEST_CASE("activations that are refused") {
  refuse([](Norm d) { d.activation = clamp(2, 1); }, {"activation.lo is 2", "1"});
  refuse([](Explicit d) { d.activation = clamp(NAN, 1); }, {"activation.lo", "nan"});
  refuse([](Norm d) { d.activation = clamp(0, NAN); }, {"activation.hi", "nan"});
  refuse([](Norm d) { d.activation = leaky_relu(NAN); }, {"slope"});
  refuse([](Norm d) { d.activation.kind = static_cast<ActivationKind>(77); }, {"activation.kind is 77"});
}

TEST_CASE("tensors of norms that are refused") {
  refuse([](Norm d) { d.dst = nchw({2, 3, 8, 8}); }, {"dst.dims[3] is 8", "9"});
  refuse([](Norm d) { d.residual = nchw({2, 3, 9, 9}); }, {"residual.dims[2] is 9", "8"});
  refuse([](Norm d) { d.residual = nchw({2, 3, 8}); }, {"residual.rank is 3"});
  refuse([](Norm d) { d.src = nchw({3}); }, {"src.rank is 1"});
  refuse([](Norm d) { d.src.dims[3] = 0; }, {"src.dims[3] is 0"});
  refuse([](Norm d) { d.src.type = static_cast<ElementType>(9); }, {"src.type is 9"});
  refuse([](Norm d) { d.src = with_stride(d.src, 0, 0); }, {"src.strides[0] is 0"});
  refuse([](Norm d) { d.dst = with_stride(d.src, 0, 0); }, {"dst.strides[0] is 0"});
  refuse([](Norm d) { d.residual = with_stride(d.src, 1, -1); }, {"residual.strides[1] is -1"});
  refuse([](Norm d) { d.dst = with_stride(d.src, 2, 5); }, {"dst.strides[2] is 5", "overlap"});
  refuse([](Norm d) { d.src = nchw({most, 3, 8, 9}); }, {"src"});
  refuse([](Norm d) { d.dst = with_stride(d.src, 0, most); }, {"dst"});
}

TEST_CASE("tensors of norms that do not share a walk are not supported") {
  refuse([](Norm d) { d.dst = nhwc({2, 3, 8, 9}); }, {"dst"}, StatusCode::unsupported);
  refuse([](Norm d) { d.residual = nhwc({2, 3, 8, 9}); }, {"residual"}, StatusCode::unsupported);
  refuse([](Norm d) { d.src = with_stride(padded_rows(d.src, 20), 3, 2); }, {"src"}, StatusCode::unsupported);
}
