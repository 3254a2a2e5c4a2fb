// Rows of 8- and 16-bit elements to f32 and back, for kernels that calculate in f32; and their bits, for those that move lanes.
#include "kernels/bits.hpp"
#include "kernels/formats.hpp"
#include "kernels/index_table.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

// Exact both ways but for -inf, the maximum of no element, which becomes the lowest.
template <class T>
struct InByte {
  using Element = T;
  static constexpr bool is_signed = T(-1) < T(0);

  template <class Len>
  static POOLNORM_INLINE F32 load(const T* p, Len len) {
    const Q8 q = load8(p, len);
    return xsimd::to_float(is_signed ? widen_signed(q) : widen_unsigned(q));
  }
  template <class Len>
  static POOLNORM_INLINE void store(T* p, F32 v, Len len) {
    store8(p, narrow8(xsimd::to_int(pick_max(v, F32(is_signed ? -128.0f : 0.0f)))), len);
  }
};

// one(from, to, len) for all groups.
template <class From, class To, class One>
POOLNORM_INLINE void convert(const ConvertArgs& a, One one) {
  for (std::int64_t g = 0; g < a.groups; ++g) {
    const From* from = static_cast<const From*>(a.src) + g * a.src_step;
    To* to = static_cast<To*>(a.dst) + g * a.dst_step;
    std::int64_t i = 0;
    for (; i + lanes32 <= a.width; i += lanes32) one(from + i, to + i, Full{});
    if (i < a.width) one(from + i, to + i, Part{a.width - i});
  }
}

template <class Format>
void widen_rows(const ConvertArgs& a) {
  convert<typename Format::Element, float>(
      a, [](const auto* from, float* to, auto len) POOLNORM_INLINE_LAMBDA { store(to, Format::load(from, len), len); });
}
template <class Format>
void narrow_rows(const ConvertArgs& a) {
  convert<float, typename Format::Element>(
      a, [](const float* from, auto* to, auto len) POOLNORM_INLINE_LAMBDA { Format::store(to, load(from, len), len); });
}

template <class Format>
constexpr ConvertKernels kernels{widen_rows<Format>, narrow_rows<Format>};

}  // namespace

extern const IndexConverters index_converters;
constexpr IndexConverters index_converters{kernels<InF16>, kernels<InBF16>, kernels<InByte<std::int8_t>>,
                                           kernels<InByte<std::uint8_t>>, kernels<InBits16>, kernels<InBits8>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
