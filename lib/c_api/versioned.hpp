// Structs that grow: the rules of `struct_size`.
#pragma once

#include <poolnorm/status.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace poolnorm::c_api {

// The sizes that T had in every version, ascending; the last is sizeof(T). A struct is extended by a field
// at its end, behind any padding, and by a size in this list; a field is never moved or removed.
template <class T>
inline constexpr std::size_t known_sizes[] = {sizeof(T)};

// Refuses null, 0, a smaller size that no version had, and a larger struct that asks for what this version
// does not know: bytes beyond the last known size that are not zero. `size` is the given struct's.
Status check_struct(const char* name, const void* given, const std::size_t* known, std::size_t count,
                    std::size_t& size) noexcept;

// `out` holds the defaults and keeps those of the fields that the caller's version lacks.
template <class T>
Status read_struct(const char* name, const T* given, T& out) noexcept {
  std::size_t size;  // given may be smaller than a T: none of its members is read as one's
  const Status s = check_struct(name, given, known_sizes<T>, sizeof known_sizes<T> / sizeof(std::size_t), size);
  if (s) std::memcpy(static_cast<void*>(&out), given, std::min(size, sizeof out));
  return s;
}

// Refuses what a later version may give a meaning to.
Status check_reserved(const char* name, std::int32_t reserved) noexcept;

}  // namespace poolnorm::c_api
