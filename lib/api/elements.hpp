// What run() checks of the pointers that it is handed.
#pragma once

#include <poolnorm/elements.hpp>
#include <poolnorm/status.hpp>

#include "plan/refuse.hpp"

namespace poolnorm {

// Refuses null, and a pointer that says another type than `wanted`, what `name` holds by the plan.
template <class Pointer>
Status check_elements(const char* name, const Pointer& p, ElementType wanted) noexcept {
  if (p.data == nullptr) return invalid("%s is null", name);
  if (p.typed && p.type != wanted) {
    return invalid("%s points at %s, the plan's %s holds %s", name, poolnorm::name(p.type), name,
                   poolnorm::name(wanted));
  }
  return {};
}

}  // namespace poolnorm
