// Max pooling with indices, unpooling and gradients of poolings: their meaning, window by window, and runs on
// guarded memory.
#pragma once

#include <cstring>
#include <vector>

#include <poolnorm/max_indices.hpp>
#include <poolnorm/pool_backward.hpp>

#include "dense.hpp"
#include "run.hpp"

namespace poolnorm::tests {

// Indices of dst's elements in N, C, spatial order; whatever the type, "none" is -1.
using Indices = std::vector<std::int64_t>;

struct WithIndices {
  Dense dst;
  Indices indices;
};
// What an index is to its type: "none" of u8 is 255.
std::string difference(const Indices& got, const Indices& expected);

inline constexpr IndexType index_types[] = {IndexType::u8, IndexType::i32, IndexType::i64};

namespace reference {

WithIndices max_indices(const MaxIndicesDesc& desc, const Dense& src);
// With `add` the gradient of max pooling, else unpooling; `skipped` counts what is out of range.
Dense scatter(const MaxIndicesDesc& desc, bool add, const Dense& src, const Indices& indices, std::int64_t& skipped);
Dense average_backward(const PoolDesc& desc, const Dense& grad_dst);

}  // namespace reference

WithIndices run_max_indices(const MaxIndicesDesc& desc, const Dense& src, const How& how);
Dense run_scatter(const MaxIndicesDesc& desc, bool add, const Dense& src, const Indices& indices, const How& how,
                  std::int64_t& skipped);
Dense run_average_backward(const PoolDesc& desc, const Dense& grad_dst, const How& how);

// All of it on every ISA: forward, back by its indices, unpooled.
void check_max_indices(const MaxIndicesDesc& desc, const Dense& src, How how = {});
void check_average_backward(const PoolDesc& desc, const Dense& grad_dst, How how = {});

}  // namespace poolnorm::tests
