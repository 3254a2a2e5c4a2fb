// Local response norm of one ISA, of every floating-point type.
#include "kernels/response.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

template <class Format>
void squares(const SquaresArgs& a) {
  for (std::int64_t g = 0; g < a.groups; ++g) {
    const auto* from = static_cast<const typename Format::Element*>(a.src) + g * a.src_step;
    double* to = a.squares + g * a.squares_step;
    vectors(lanes64, a.width, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
      const F64 x = Format::load_f64(from + i, len);
      store(to + i, x * x, len);
    });
  }
}

template <class Format>
void respond(const ResponseArgs& a) {
  using Element = typename Format::Element;
  const double* powers = invert_bases(a.bases, a.groups, a.width, a.exponent, false, a.scratch).powers;
  for (std::int64_t g = 0; g < a.groups; ++g, powers += a.width) {
    const Element* src = static_cast<const Element*>(a.src) + g * a.src_step;
    store_row<Format>(static_cast<Element*>(a.dst) + g * a.dst_step, a.width,
                      [&](std::int64_t i, auto len)
                          POOLNORM_INLINE_LAMBDA { return Format::load_f64(src + i, len) * load(powers + i, len); });
  }
}

template <class Format>
constexpr ResponseKernels kernels{squares<Format>, respond<Format>};

}  // namespace

extern const ResponseTables response_tables;
constexpr ResponseTables response_tables{kernels<InF32>, kernels<InF16>, kernels<InBF16>, kernels<InF64>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
