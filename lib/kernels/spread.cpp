// Gradients of averages: quotients, along the rows, then down.
#include "kernels/index_table.hpp"
#include "kernels/planes.hpp"
#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

using I32 = xsimd::batch<std::int32_t, Arch>;

// body(e, len) over `width` elements.
template <class Body>
POOLNORM_INLINE void vectors(std::int64_t width, Body body) {
  std::int64_t e = 0;
  for (; e + lanes32 <= width; e += lanes32) body(e, Full{});
  if (e < width) body(e, Part{width - e});
}

// The product in f64, rounded once.
POOLNORM_INLINE F32 quotient(F32 x, F64 lo, F64 hi) {
  const Pair<F64> wide = widen(x);
  return narrow(wide.first * lo, wide.second * hi);
}

void quotients(const QuotientArgs& a) {
  const float* src = static_cast<const float*>(a.src);
  float* dst = static_cast<float*>(a.dst);
  const bool one_factor = a.scale_step == 0 || a.width > 1;
  if (a.width == 1 && !one_factor && (a.windows == 1 || a.src_step == 1)) {
    vectors(a.windows, [&](std::int64_t w, auto len) POOLNORM_INLINE_LAMBDA {
      // The table of scales has slack behind it.
      store(dst + w, quotient(load(src + w, len), load(a.scale + w), load(a.scale + w + lanes64)), len);
    });
    return;
  }
  const bool run = a.scale_step == 0 && (a.windows == 1 || a.src_step == a.width);
  const std::int64_t pieces = run ? 1 : a.windows, width = run ? a.windows * a.width : a.width;
  for (std::int64_t w = 0; w < pieces; ++w) {
    const double factor = a.scale[w * a.scale_step];
    if (width == 1) {
      dst[w] = static_cast<float>(static_cast<double>(src[w * a.src_step]) * factor);
      continue;
    }
    const F64 scale(factor);
    vectors(width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
      store(dst + w * width + e, quotient(load(src + w * a.src_step + e, len), scale, scale), len);
    });
  }
}

void spread_along(const SpreadArgs& a) {
  const float* src = static_cast<const float*>(a.src);
  float* dst = static_cast<float*>(a.dst);
  if (a.regular) {
    // -0 stands where a sum ends before the others.
    const float* p = src + a.first[0];
    vectors(a.columns, [&](std::int64_t c, auto len) POOLNORM_INLINE_LAMBDA {
      F32 sum = load(p + c, len);
      for (std::int64_t t = 1; t < a.most; ++t) sum = sum + load(p + c + t * a.step, len);
      store(dst + c, sum, len);
    });
    return;
  }
  const auto one = [&](std::int64_t c) {
    float sum = -0.0f;
    for (std::int64_t t = 0; t < a.count[c]; ++t) sum = sum + src[a.first[c] + t * a.step];
    dst[c] = sum;
  };
  std::int64_t c = 0;
  if (!portable_lanes) {
    const I32 none(a.none);
    for (; c + lanes32 <= a.columns; c += lanes32) {
      const I32 first = I32::load_unaligned(a.first + c), count = I32::load_unaligned(a.count + c);
      F32 sum(-0.0f);
      for (std::int64_t t = 0; t < a.most; ++t) {
        const I32 at = first + I32(static_cast<std::int32_t>(t * a.step));
        sum = sum + F32::gather(src, xsimd::select(count > I32(static_cast<std::int32_t>(t)), at, none));
      }
      store(dst + c, sum);
    }
  }
  for (; c < a.columns; ++c) one(c);
}

void spread(const SpreadArgs& a) {
  if (a.width == 1) return spread_along(a);
  const float* src = static_cast<const float*>(a.src);
  float* dst = static_cast<float*>(a.dst);
  for (std::int64_t c = 0; c < a.columns; ++c) {
    const float* p = src + a.first[c] * a.width;
    const std::int64_t count = a.count[c], step = a.step * a.width;
    vectors(a.width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
      F32 sum = count == 0 ? F32(-0.0f) : load(p + e, len);
      for (std::int64_t t = 1; t < count; ++t) sum = sum + load(p + t * step + e, len);
      store(dst + c * a.width + e, sum, len);
    });
  }
}

void down(const GatherRowsArgs& a) {
  float* dst = static_cast<float*>(a.dst);
  for (std::int64_t g = 0; g < a.groups; ++g) {
    vectors(a.width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
      F32 sum(-0.0f);
      for (std::int64_t i = 0; i < a.row_count; ++i) {
        sum = sum + load(static_cast<const float*>(a.rows[i]) + g * a.width + e, len);
      }
      store(dst + g * a.dst_step + e, sum + F32(0.0f), len);
    });
  }
}

}  // namespace

extern const SpreadKernels spread_kernels;
constexpr SpreadKernels spread_kernels{quotients, spread, down, planes_to_tile, from_tile<F32>, lanes32};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
