#include "c_api/versioned.hpp"

#include "plan/refuse.hpp"

namespace poolnorm::c_api {
namespace {

// Far above any version's struct: a larger size was never set, and reading that far would be a fault.
constexpr std::size_t absurd_size = 16384;

}  // namespace

Status check_struct(const char* name, const void* given, const std::size_t* known, std::size_t count,
                    std::size_t& size) noexcept {
  if (given == nullptr) return invalid("%s is null", name);
  std::memcpy(&size, given, sizeof size);
  const std::size_t newest = known[count - 1];
  if (size == 0) return invalid("%s.struct_size is 0, the struct's _init() sets it", name);
  // All have a size_t first: in an array, one of any other size would not be aligned.
  if (size > absurd_size || size % alignof(std::size_t) != 0)
    return invalid("%s.struct_size is %zu, no version has a struct of that size", name, size);
  if (size < newest && std::find(known, known + count, size) == known + count) {
    return invalid("%s.struct_size is %zu, no version has a struct of that size (this one: %zu)", name, size, newest);
  }
  const auto* const bytes = static_cast<const unsigned char*>(given);
  for (std::size_t i = newest; i < size; ++i) {
    if (bytes[i] != 0) {
      return invalid("%s.struct_size is %zu and byte %zu is not 0: a field of a newer version than this library's",
                     name, size, i);
    }
  }
  return {};
}

Status check_reserved(const char* name, std::int32_t reserved) noexcept {
  return reserved == 0 ? Status() : invalid("%s.reserved is %d, must be 0", name, static_cast<int>(reserved));
}

}  // namespace poolnorm::c_api
