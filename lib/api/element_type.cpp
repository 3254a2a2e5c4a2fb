// The element types by name, and those of this build.
#include <poolnorm/tensor.hpp>

#if !defined(POOLNORM_WITHOUT_POOLS)
#include "dispatch/pool_kernels.hpp"
#endif

namespace poolnorm {

const char* name(ElementType type) noexcept {
  switch (type) {
    case ElementType::f32: return "f32";
    case ElementType::f16: return "f16";
    case ElementType::bf16: return "bf16";
    case ElementType::f64: return "f64";
    case ElementType::s8: return "s8";
    case ElementType::u8: return "u8";
  }
  return "unknown";
}

bool available(ElementType type) noexcept {
#if defined(POOLNORM_WITHOUT_POOLS)
  return type == ElementType::f32;
#else
  return pool_kernels(Isa::portable, type) != nullptr;
#endif
}

}  // namespace poolnorm
