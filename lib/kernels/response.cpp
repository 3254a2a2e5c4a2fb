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

// The exponent that networks have is two roots.
const double* divisors_of(const double* bases, std::int64_t count, const Exponent& exponent, double* memory) {
  if (exponent.all != 0.75) return make_divisors(bases, count, exponent, memory);
  vectors(lanes64, count, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
    const F64 root = square_root(load(bases + i, len));
    store(memory + i, root * square_root(root), len);
  });
  return memory;
}

template <class Format>
void respond(const ResponseArgs& a) {
  double *const bases = a.scratch, *const y = bases + 2 * response_block;
  const std::int64_t count = a.groups * a.width;
  make_bases(a.bases, a.groups, a.width, bases);
  const double* const divisors = divisors_of(bases, count, a.exponent, bases + response_block);
  widen_groups<Format>(a.src, a.src_step, a.groups, a.width, y);
  for (std::int64_t i = 0; i < count; ++i) y[i] = y[i] / divisors[i];
  for (std::int64_t g = 0; g < a.groups; ++g) {
    const double* from = y + g * a.width;
    store_row<Format>(static_cast<typename Format::Element*>(a.dst) + g * a.dst_step, a.width,
                      [from](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA { return load(from + i, len); });
  }
}

template <class Format>
constexpr ResponseKernels kernels{squares<Format>, respond<Format>};

}  // namespace

extern const ResponseTables response_tables;
constexpr ResponseTables response_tables{kernels<InF32>, kernels<InF16>, kernels<InBF16>, kernels<InF64>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
