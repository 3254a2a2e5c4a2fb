// The element types by name, and those of this build.
#include <poolnorm/tensor.hpp>

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
#define POOLNORM_TYPE_ROW(isa, built) \
  if (type == ElementType::built) return true;
#include "pool_rows.inc"
#undef POOLNORM_TYPE_ROW
  return false;
}

}  // namespace poolnorm
