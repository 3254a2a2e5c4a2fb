// What run() checks of the pointers that it is handed.
#pragma once

#include <poolnorm/elements.hpp>
#include <poolnorm/status.hpp>

#include "plan/refuse.hpp"
#include "plan/tensor_check.hpp"

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

// dst may be `src` itself where the strides agree, and otherwise shares nothing with it.
template <class Pointer>
Status check_apart(const char* name, const TensorDesc& t, const Pointer& src, const TensorDesc& dst_desc,
                   const Elements& dst, const char* dst_name = "dst") noexcept {
  Status s;
  if (!(s = check_elements(name, src, t.type)) || !(s = check_elements(dst_name, dst, dst_desc.type))) return s;
  if (src.data == dst.data && same_strides(t, dst_desc)) return {};
  return overlap(t, src.data, dst_desc, dst.data) ? invalid("%s and %s overlap in part", name, dst_name) : Status{};
}

// The same of tensors that lie apart.
template <class Pointer>
Status check_disjoint(const char* name, const TensorDesc& t, const Pointer& src, const char* dst_name,
                      const TensorDesc& dst_desc, const Elements& dst) noexcept {
  Status s;
  if (!(s = check_elements(name, src, t.type)) || !(s = check_elements(dst_name, dst, dst_desc.type))) return s;
  return overlap(t, src.data, dst_desc, dst.data) ? invalid("%s and %s overlap", name, dst_name) : Status{};
}

}  // namespace poolnorm
