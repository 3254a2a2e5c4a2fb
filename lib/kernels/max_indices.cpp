// The table of max pooling with indices: along the rows, then down, or both at once.
#include "kernels/index_band.hpp"
#include "kernels/index_direct.hpp"
#include "kernels/index_row.hpp"
#include "kernels/planes.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

template <class V>
bool row(const IndexRowArgs& a) {
  return any_row<V, false>(a);
}
template <class V>
void row_exact(const IndexRowArgs& a) {
  any_row<V, true>(a);
}

template <class V, bool Exact>
void down_rows(const IndexDownArgs& a) {
  const auto block = [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
    const auto value = [&](std::int64_t i)
                           POOLNORM_INLINE_LAMBDA { return load(static_cast<const Scalar<V>*>(a.values[i]) + e, len); };
    const auto index = [&](std::int64_t i) POOLNORM_INLINE_LAMBDA {
      return Lanes<V>::bits(Lanes<V>::load_index(a.indices[i] + e, len) + typename Lanes<V>::Integer(a.rise[i]));
    };
    Best<V, Exact> best;
    best.value = value(0);
    best.index = index(0);
    for (std::int64_t i = 1; i < a.rows; ++i) best.choose(value(i), index(i));
    store(static_cast<Scalar<V>*>(a.value) + e, best.value + V(Scalar<V>(0)), len);
    Lanes<V>::store_index(a.index + e, best.index, len);
  };
  std::int64_t e = 0;
  for (; e + lanes_of<V> <= a.width; e += lanes_of<V>) block(e, Full{});
  if (e < a.width) block(e, Part{a.width - e});
}

template <class V>
bool direct(const IndexDirectArgs& a) {
  return direct_windows<V, false>(a);
}
template <class V>
void direct_exact(const IndexDirectArgs& a) {
  direct_windows<V, true>(a);
}

void band_exact(const IndexBandArgs& a) { band<true>(a); }

// convert(group)(index, element), in loops that compilers make vectors of: nothing they store to may alias what they
// read.
template <class T, class Convert>
POOLNORM_INLINE void store_groups(const IndexStoreArgs& a, Convert convert) {
  const std::int64_t groups = a.groups, width = a.width, step = a.dst_step;
  const std::int32_t* __restrict from = a.index;
  T* __restrict to = static_cast<T*>(a.dst);
  for (std::int64_t g = 0; g < groups; ++g, from += width, to += step) {
    const auto of_group = convert(g);
    for (std::int64_t e = 0; e < width; ++e) to[e] = of_group(from[e], e);
  }
}

void store_u8(const IndexStoreArgs& a) {
  const std::int32_t* kernel = a.kernel;
  const bool same = a.same_kernel;
  store_groups<std::uint8_t>(a, [=](std::int64_t g) POOLNORM_INLINE_LAMBDA {
    const std::int32_t columns = kernel[same ? 0 : g];
    return [=](std::int32_t i, std::int64_t)
               POOLNORM_INLINE_LAMBDA { return static_cast<std::uint8_t>((i >> 8) * columns + (i & 255)); };
  });
}

template <class T>
void store_flat(const IndexStoreArgs& a) {
  const T rise = static_cast<T>(a.rise), more = static_cast<T>(a.element_rise);
  if (more == 0) {
    return store_groups<T>(a, [=](std::int64_t) POOLNORM_INLINE_LAMBDA {
      return [=](std::int32_t i, std::int64_t) POOLNORM_INLINE_LAMBDA { return i + rise; };
    });
  }
  store_groups<T>(a, [=](std::int64_t) POOLNORM_INLINE_LAMBDA {
    return [=](std::int32_t i, std::int64_t e) POOLNORM_INLINE_LAMBDA { return i + (rise + static_cast<T>(e) * more); };
  });
}

template <class V>
constexpr IndexKernels kernels{row<V>,
                               row_exact<V>,
                               down_rows<V, false>,
                               down_rows<V, true>,
                               direct<V>,
                               direct_exact<V>,
                               lanes_of<V> == lanes32 && !portable_lanes ? band<false> : nullptr,
                               lanes_of<V> == lanes32 && !portable_lanes ? band_exact : nullptr,
                               store_u8,
                               store_flat<std::int32_t>,
                               store_flat<std::int64_t>,
                               planes_to_tile<V>,
                               from_tile<V>,
                               from_tile<F32>,
                               lanes_of<V>};

}  // namespace

extern const IndexKernels index_kernels, index_kernels_f64;
constexpr IndexKernels index_kernels = kernels<F32>;
constexpr IndexKernels index_kernels_f64 = kernels<F64>;

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
