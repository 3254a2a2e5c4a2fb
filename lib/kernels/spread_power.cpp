// The gradient of Lp pooling of any power of one ISA: rows of powers, of every floating-point type.
#include "kernels/spread_power_table.hpp"

#include "kernels/power_rows.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

constexpr double most = 0x1.fffffffffffffp1023;

// |x|^p, of any p; what infinity becomes, too.
POOLNORM_INLINE void raise_any(const double* x, double* y, std::int64_t n, const Exponent& p) {
  raise(x, y, n, p);
  if (p.all >= 0) return;
  for (std::int64_t i = 0; i < n; ++i) y[i] = __builtin_fabs(x[i]) > most ? 0.0 : y[i];
}

// one(row, element, count) for at most power_block elements of each of `rows` rows; of one where they lie side by side.
template <class One>
POOLNORM_INLINE void blocks(std::int64_t step, std::int64_t rows, std::int64_t width, One one) {
  const bool run = rows == 1 || step == width;
  const std::int64_t pieces = run ? 1 : rows, length = run ? rows * width : width;
  for (std::int64_t r = 0; r < pieces; ++r) {
    for (std::int64_t i = 0; i < length; i += power_block)
      one(r, i, length - i < power_block ? length - i : power_block);
  }
}

template <class Format>
void quotients(const PowerQuotientArgs& a) {
  using Element = typename Format::Element;
  blocks(a.step, a.windows, a.width, [&](std::int64_t w, std::int64_t i, std::int64_t n) POOLNORM_INLINE_LAMBDA {
    double grad[power_block], norm[power_block], power[power_block];
    widen_row<Format>(static_cast<const Element*>(a.grad) + w * a.step + i, grad, n);
    widen_row<Format>(static_cast<const Element*>(a.norm) + w * a.step + i, norm, n);
    raise_any(norm, power, n, a.exponent);
    double* to = a.dst + w * a.width + i;
    for (std::int64_t e = 0; e < n; ++e) to[e] = norm[e] == 0 ? 0.0 : grad[e] * power[e];
  });
}

template <class Format>
void shares(const PowerShareArgs& a) {
  using Element = typename Format::Element;
  blocks(a.step, a.columns, a.width, [&](std::int64_t c, std::int64_t i, std::int64_t n) POOLNORM_INLINE_LAMBDA {
    double x[power_block], y[power_block];
    widen_row<Format>(static_cast<const Element*>(a.src) + c * a.step + i, x, n);
    raise_any(x, y, n, a.exponent);
    const double* sums = a.sums + c * a.width + i;
    for (std::int64_t e = 0; e < n; ++e) y[e] = x[e] < 0 ? -(y[e] * sums[e]) : y[e] * sums[e];
    narrow_row<Format>(y, static_cast<Element*>(a.dst) + c * a.step + i, n);
  });
}

template <class Format>
constexpr SpreadPowerKernels kernels{quotients<Format>, shares<Format>};

}  // namespace

extern const SpreadPowerTables spread_power_tables;
constexpr SpreadPowerTables spread_power_tables{kernels<InF32>, kernels<InF16>, kernels<InBF16>, kernels<InF64>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
