// What every plan asks of a TensorDesc before it believes it.
#pragma once

#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>

namespace poolnorm {

// More than any address space has. What plans calculate from a tensor's bytes, times less than 128, fits in 64 bits.
inline constexpr std::int64_t most_bytes = std::int64_t{1} << 56;

// A known type, rank within [min_rank, max_rank], dims >= 0 and spatial dims >= 1, strides >= 1 where a dim has more
// than one element (>= 0 with `broadcast`), the whole within most_bytes.
Status check_tensor(const char* name, const TensorDesc& t, int min_rank, bool broadcast = false) noexcept;

// The same for operations on f32 alone.
Status check_f32_tensor(const char* name, const TensorDesc& t, int min_rank, bool broadcast = false) noexcept;

// The same for operations on floating-point numbers.
Status check_float_tensor(const char* name, const TensorDesc& t, int min_rank) noexcept;

// The refusal of src's type in a build without it.
Status no_kernels_for(const TensorDesc& src) noexcept;

// No two elements at one place.
Status check_no_overlap(const char* name, const TensorDesc& t) noexcept;

Status check_same_dims(const char* name, const TensorDesc& t, const TensorDesc& src) noexcept;
Status check_same_type(const char* name, const TensorDesc& t, const TensorDesc& src) noexcept;
Status check_like_src(const char* name, const TensorDesc& t, const TensorDesc& src) noexcept;  // both

// From the first to behind the last element; 0 for an empty tensor. For a checked tensor.
std::int64_t span(const TensorDesc& t) noexcept;

// Whether the elements at `axis` are contiguous, or only one.
inline bool unit(const TensorDesc& t, int axis) noexcept { return t.dims[axis] == 1 || t.strides[axis] == 1; }

// Whether two tensors at these addresses share an element; in doubt, yes. O(1).
bool overlap(const TensorDesc& a, const void* pa, const TensorDesc& b, const void* pb) noexcept;

// Strides of N, C, D, H, W; of D, H and W those of dims that `t` has not, or of size 1, are 0.
void spread_strides(const TensorDesc& t, std::int64_t (&strides)[max_rank]) noexcept;

bool same_strides(const TensorDesc& a, const TensorDesc& b) noexcept;

}  // namespace poolnorm
