// Local response norm of one ISA, of every floating-point type.
#include "kernels/response_table.hpp"

#include "kernels/formats.hpp"
#include "kernels/power.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

// body(i, Full or Part) for vectors of `lanes`.
template <class Body>
POOLNORM_INLINE void vectors(std::int64_t lanes, std::int64_t count, Body body) {
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) body(i, Full{});
  if (i < count) body(i, Part{count - i});
}

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

POOLNORM_INLINE void make_bases(const ResponseArgs& a, double* bases) {
  for (std::int64_t g = 0; g < a.groups; ++g) {
    const double* from = a.squares + g * a.squares_step;
    vectors(lanes64, a.width, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
      F64 sum = load(from + i, len);
      for (std::int64_t t = 1; t < a.taps; ++t) sum = sum + load(from + t * a.tap_step + i, len);
      store(bases + g * a.width + i, F64(a.k) + F64(a.factor) * sum, len);
    });
  }
}

// The exponent that networks have is two roots.
void make_divisors(const double* bases, std::int64_t count, const Exponent& exponent, double* divisors) {
  if (exponent.all != 0.75) return raise(bases, divisors, count, exponent);
  vectors(lanes64, count, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
    const F64 root = square_root(load(bases + i, len));
    store(divisors + i, root * square_root(root), len);
  });
}

template <class Format>
POOLNORM_INLINE void store_row(typename Format::Element* to, const double* y, std::int64_t width) {
  if constexpr (sizeof(typename Format::Element) == 8) {
    vectors(lanes64, width,
            [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA { Format::store(to + i, load(y + i, len), len); });
  } else {
    std::int64_t i = 0;
    for (; i + lanes32 <= width; i += lanes32) {
      Format::store(to + i, narrow(load(y + i, Full{}), load(y + i + lanes64, Full{})), Full{});
    }
    const std::int64_t rest = width - i;
    if (rest >= lanes64) {
      const F64 high = rest > lanes64 ? load(y + i + lanes64, Part{rest - lanes64}) : F64(0.0);
      Format::store(to + i, narrow(load(y + i, Full{}), high), Part{rest});
    } else if (rest > 0) {
      Format::store(to + i, narrow(load(y + i, Part{rest}), F64(0.0)), Part{rest});
    }
  }
}

template <class Format>
void respond(const ResponseArgs& a) {
  double *const bases = a.scratch, *const divisors = bases + response_block, *const y = divisors + response_block;
  const std::int64_t count = a.groups * a.width;
  make_bases(a, bases);
  make_divisors(bases, count, a.exponent, divisors);
  for (std::int64_t g = 0; g < a.groups; ++g) {
    const auto* from = static_cast<const typename Format::Element*>(a.src) + g * a.src_step;
    vectors(lanes64, a.width, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
      store(y + g * a.width + i, Format::load_f64(from + i, len), len);
    });
  }
  for (std::int64_t i = 0; i < count; ++i) y[i] = y[i] / divisors[i];
  for (std::int64_t g = 0; g < a.groups; ++g) {
    store_row<Format>(static_cast<typename Format::Element*>(a.dst) + g * a.dst_step, y + g * a.width, a.width);
  }
}

template <class Format>
constexpr ResponseKernels kernels{squares<Format>, respond<Format>};

}  // namespace

extern const ResponseTables response_tables;
constexpr ResponseTables response_tables{kernels<InF32>, kernels<InF16>, kernels<InBF16>, kernels<InF64>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
