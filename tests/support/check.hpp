// The library against the reference, bit for bit, on every ISA under test.
#pragma once

#include <poolnorm/pool.hpp>

#include "cases.hpp"
#include "run.hpp"
#include "values.hpp"

namespace poolnorm::tests {

void check_pool(const PoolDesc& desc, const Dense& src, How how = {});
void check_pool(const PoolDesc& desc, const Dense64& src, How how = {});
void check_pool(const PoolDesc& desc, Values kind = Values::signed_uniform, std::uint64_t seed = 1);
void check_norm(const NormCase& norm, How how = {}, Alias alias = Alias::none);
// With either store policy: into a dst, in place, and into one that begins off a vector.
void check_norm_stored(const NormCase& norm);

// The usual starting points.
PoolDesc pool_desc(PoolOp op, const TensorDesc& src, const Window& window);
PoolDesc adaptive_desc(PoolOp op, const TensorDesc& src, const Spatial& output);
PoolDesc global_desc(PoolOp op, const TensorDesc& src);
// As many windows as `dst` has elements, in src's layout.
PoolDesc given_desc(PoolOp op, Layout layout, const std::vector<std::int64_t>& src, const std::vector<std::int64_t>& dst,
                    const Window& window);
// The same starts on every axis; they must outlive the descriptor.
PoolDesc listed_desc(PoolOp op, const TensorDesc& src, const Spatial& kernel, const std::vector<std::int64_t>& starts);
// A batch norm with all four parameters and no residual.
NormCase norm_case(const TensorDesc& src, Values kind = Values::signed_uniform, std::uint64_t seed = 1);
void add_residual(NormCase& norm, const TensorDesc& residual);

inline constexpr PoolOp pool_ops[] = {PoolOp::max, PoolOp::min, PoolOp::average};

}  // namespace poolnorm::tests
