// A load or store of a whole vector or of its first n elements, chosen by type, so that one loop body
// serves the body of a run and its tail.
#pragma once

#include "simd/vector.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

struct Full {};
struct Part {
  std::int64_t n;
};

POOLNORM_INLINE F32 load(const float* p, Full) { return load(p); }
POOLNORM_INLINE F32 load(const float* p, Part len) { return load_n(p, len.n); }
POOLNORM_INLINE F64 load(const double* p, Full) { return load(p); }
POOLNORM_INLINE F64 load(const double* p, Part len) { return load_n(p, len.n); }
template <class T, class V>
POOLNORM_INLINE void store(T* p, V v, Full) {
  store(p, v);
}
template <class T, class V>
POOLNORM_INLINE void store(T* p, V v, Part len) {
  store_n(p, v, len.n);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
