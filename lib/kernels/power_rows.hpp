// Lp pooling of any power: rows of |x|^p and of roots, of one element type.
#pragma once

#include "kernels/formats.hpp"
#include "kernels/power.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Elements to f64, and back.
template <class Format>
POOLNORM_INLINE void widen_row(const typename Format::Element* from, double* to, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + lanes64 <= n; i += lanes64) store(to + i, Format::load_f64(from + i, Full{}), Full{});
  if (i < n) store(to + i, Format::load_f64(from + i, Part{n - i}), Part{n - i});
}
template <class Format>
POOLNORM_INLINE void narrow_row(const double* from, typename Format::Element* to, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + lanes64 <= n; i += lanes64) Format::store_f64(to + i, load(from + i, Full{}), Full{});
  if (i < n) Format::store_f64(to + i, load(from + i, Part{n - i}), Part{n - i});
}

// one(from, to, count) for at most this many elements of every group.
constexpr std::int64_t power_block = 64;
template <class From, class To, class One>
POOLNORM_INLINE void power_blocks(const PowerArgs& a, One one) {
  for (std::int64_t g = 0; g < a.groups; ++g) {
    const From* from = static_cast<const From*>(a.src) + g * a.src_step;
    To* to = static_cast<To*>(a.dst) + g * a.dst_step;
    for (std::int64_t i = 0; i < a.width; i += power_block) {
      one(from + i, to + i, a.width - i < power_block ? a.width - i : power_block);
    }
  }
}

template <class Format>
void powers(const PowerArgs& a) {
  using Element = typename Format::Element;
  power_blocks<Element, double>(a, [&](const Element* from, double* to, std::int64_t n) POOLNORM_INLINE_LAMBDA {
    double x[power_block];
    widen_row<Format>(from, x, n);
    raise(x, to, n, a.exponent);
  });
}

template <class Format>
void roots(const PowerArgs& a) {
  using Element = typename Format::Element;
  power_blocks<double, Element>(a, [&](const double* from, Element* to, std::int64_t n) POOLNORM_INLINE_LAMBDA {
    double y[power_block];
    raise(from, y, n, a.exponent);
    narrow_row<Format>(y, to, n);
  });
}

template <class Format>
constexpr PowerKernels power_kernels{powers<Format>, roots<Format>, add_rows, sum_windows};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
