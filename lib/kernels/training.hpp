// The table of norms behind statistics, of one element type.
#pragma once

#include "kernels/centred.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class Format, class Channels, Residual Res>
void centred_with(const AffineArgs& a) {
  a.mask != nullptr ? affine_loops<Format, Channels, Res, AffineAct::relu, ReluMask>(a)
                    : affine_with<Format, Channels, Res>(a);
}

template <class Format, class Channels>
void centred_with_residual(const AffineArgs& a) {
  if (a.residual == nullptr) return centred_with<Format, Channels, Residual::none>(a);
  return centred_with<Format, Channels, Residual::per_element>(a);
}

template <class Format>
void centred(const AffineArgs& a) {
  using V = typename Format::Vector;
  a.channel_per_element ? centred_with_residual<Format, CentredPerElement<V>>(a)
                        : centred_with_residual<Format, CentredChannel<V>>(a);
  if (a.stream) stream_fence();
}

template <class Format, bool Gamma, bool Beta>
void row_with(const AffineArgs& a) {
  affine_loops<Format, CentredRow<typename Format::Vector, Gamma, Beta>, Residual::none, AffineAct::none>(a);
}

template <class Format>
void row(const AffineArgs& a) {
  if (a.scale != nullptr) {
    a.shift != nullptr ? row_with<Format, true, true>(a) : row_with<Format, true, false>(a);
  } else {
    a.shift != nullptr ? row_with<Format, false, true>(a) : row_with<Format, false, false>(a);
  }
  if (a.stream) stream_fence();
}

template <class Format>
void add(const AddArgs& a) {
  using Element = typename Format::Element;
  constexpr std::int64_t lanes = Format::Vector::size;
  const Element *x = static_cast<const Element*>(a.a), *y = static_cast<const Element*>(a.b);
  Element* const dst = static_cast<Element*>(a.dst);
  const auto at = [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
    Format::store(dst + i, Format::load(x + i, len) + Format::load(y + i, len), len);
  };
  std::int64_t i = 0;
  for (; i + lanes <= a.width; i += lanes) at(i, Full{});
  if (i < a.width) at(i, Part{a.width - i});
}

template <class Format>
constexpr TrainingKernels training_of() {
  return {centred<Format>, row<Format>, add<Format>};
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
