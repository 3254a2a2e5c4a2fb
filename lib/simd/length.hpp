// A load or store of a whole vector or of its first n elements, chosen by type, so that one loop body
// serves the body of a run and its tail.
#pragma once

#include "simd/vector.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

struct Full {};
struct Part {
  std::int64_t n;
};

template <class T>
POOLNORM_INLINE xsimd::batch<T, Arch> load(const T* p, Full) {
  return POOLNORM_KERNEL_ISA::load(p);
}
template <class T>
POOLNORM_INLINE xsimd::batch<T, Arch> load(const T* p, Part len) {
  return load_n(p, len.n);
}
// Qualified: xsimd has a store() of its own, for aligned memory.
template <class T>
POOLNORM_INLINE void store(T* p, xsimd::batch<T, Arch> v, Full) {
  POOLNORM_KERNEL_ISA::store(p, v);
}
template <class T>
POOLNORM_INLINE void store(T* p, xsimd::batch<T, Arch> v, Part len) {
  store_n(p, v, len.n);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
