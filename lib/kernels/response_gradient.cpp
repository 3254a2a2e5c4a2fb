// The gradient of local response norm of one ISA, of every floating-point type.
#include "kernels/response.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

template <class Format, int Quarters>
void shares_in_quarters(const ResponseSharesArgs& a) {
  for (std::int64_t g = 0; g < a.groups; ++g) {
    const auto* src = static_cast<const typename Format::Element*>(a.src) + g * a.src_step;
    const auto* grad = static_cast<const typename Format::Element*>(a.grad) + g * a.grad_step;
    double *const quotients = a.quotients + g * a.quotients_step, *const shares = a.shares + g * a.shares_step;
    vectors(lanes64, a.width, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
      const InverseBase inverse = inverse_of_base<Quarters>(base_at(a.bases, g * a.bases.squares_step + i, len), len);
      const F64 quotient = Format::load_f64(grad + i, len) * inverse.power;
      store(quotients + i, quotient, len);
      store(shares + i, quotient * Format::load_f64(src + i, len) * inverse.whole, len);
    });
  }
}

// Plain loops: nothing is divided by a lane without an element.
void divide_rows(const ResponseSharesArgs& a, const double* __restrict bases, const double* __restrict divisors,
                 const double* __restrict grad, const double* __restrict src) {
  for (std::int64_t g = 0; g < a.groups; ++g) {
    double* __restrict quotients = a.quotients + g * a.quotients_step;
    double* __restrict shares = a.shares + g * a.shares_step;
    for (std::int64_t i = 0; i < a.width; ++i) {
      const std::int64_t at = g * a.width + i;
      const double quotient = grad[at] / divisors[at];
      quotients[i] = quotient;
      shares[i] = quotient * src[at] / bases[at];
    }
  }
}

template <class Format>
void shares(const ResponseSharesArgs& a) {
  if (a.exponent.all == 0.75) return shares_in_quarters<Format, 3>(a);
  if (a.exponent.all == 0.5) return shares_in_quarters<Format, 2>(a);
  double *const bases = a.scratch, *const grad = bases + 2 * response_block, *const src = grad + response_block;
  make_bases(a.bases, a.groups, a.width, bases);
  const double* const divisors = make_divisors(bases, a.groups * a.width, a.exponent, bases + response_block);
  widen_groups<Format>(a.grad, a.grad_step, a.groups, a.width, grad);
  widen_groups<Format>(a.src, a.src_step, a.groups, a.width, src);
  divide_rows(a, bases, divisors, grad, src);
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
