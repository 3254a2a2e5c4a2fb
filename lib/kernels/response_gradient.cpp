// The gradient of local response norm of one ISA, of every floating-point type.
#include "kernels/response.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

template <class Format>
void shares(const ResponseSharesArgs& a) {
  using Element = typename Format::Element;
  const InverseBases inverse = invert_bases(a.bases, a.groups, a.width, a.exponent, true, a.scratch);
  for (std::int64_t g = 0; g < a.groups; ++g) {
    const Element* src = static_cast<const Element*>(a.src) + g * a.src_step;
    const Element* grad = static_cast<const Element*>(a.grad) + g * a.grad_step;
    const double *powers = inverse.powers + g * a.width, *wholes = inverse.wholes + g * a.width;
    double *const quotients = a.quotients + g * a.quotients_step, *const shares = a.shares + g * a.shares_step;
    vectors(lanes64, a.width, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
      const F64 quotient = Format::load_f64(grad + i, len) * load(powers + i, len);
      store(quotients + i, quotient, len);
      store(shares + i, quotient * Format::load_f64(src + i, len) * load(wholes + i, len), len);
    });
  }
}

template <class Format>
void gradient(const ResponseGradientArgs& a) {
  using Element = typename Format::Element;
  for (std::int64_t g = 0; g < a.groups; ++g) {
    const Element* src = static_cast<const Element*>(a.src) + g * a.src_step;
    const double *quotients = a.quotients + g * a.step, *shares = a.shares + g * a.step;
    store_row<Format>(static_cast<Element*>(a.dst) + g * a.dst_step, a.width,
                      [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
                        const F64 sum = sum_taps(shares + i, a.taps, a.tap_step, len);
                        return load(quotients + i, len) - F64(a.factor) * Format::load_f64(src + i, len) * sum;
                      });
  }
}

template <class Format>
constexpr ResponseGradientKernels kernels{shares<Format>, gradient<Format>};

}  // namespace

extern const ResponseGradientTables response_gradient_tables;
constexpr ResponseGradientTables response_gradient_tables{kernels<InF32>, kernels<InF16>, kernels<InBF16>,
                                                          kernels<InF64>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
