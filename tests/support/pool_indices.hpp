// Max pooling with indices, unpooling and gradients of poolings: their meaning, window by window, and runs on
// guarded memory.
#pragma once

#include <cstring>
#include <vector>

#include <poolnorm/max_indices.hpp>
#include <poolnorm/pool_backward.hpp>

#include "dense.hpp"
#include "reference.hpp"
#include "run.hpp"
#include "values.hpp"

namespace poolnorm::tests {

// Indices of dst's elements in N, C, spatial order; whatever the type, "none" is -1.
using Indices = std::vector<std::int64_t>;

// D, here and below: Dense, or Dense64 of f64.
template <class D>
struct WithIndicesOf {
  D dst;
  Indices indices;
};
using WithIndices = WithIndicesOf<Dense>;
// What an index is to its type: "none" of u8 is 255.
std::string difference(const Indices& got, const Indices& expected);

// How indices of a type may count: u8 in one way, others in four.
struct Counting {
  IndexOrder order = IndexOrder::row_major;
  IndexScope scope = IndexScope::plane;
};
std::vector<Counting> countings(IndexType type);

inline constexpr IndexType index_types[] = {IndexType::u8, IndexType::i32, IndexType::i64};

namespace reference {

template <class D>
WithIndicesOf<D> max_indices(const MaxIndicesDesc& desc, const D& src);
// With `add` the gradient of max pooling, else unpooling; `skipped` counts what is out of range.
template <class D>
D scatter(const MaxIndicesDesc& desc, bool add, const D& src, const Indices& indices, std::int64_t& skipped);
template <class D>
D average_backward(const PoolDesc& desc, const D& grad_dst);
// Of src, with p = 1 or 2; with p = 2 dst is what the pooling gives.
template <class D>
D lp_backward(const PoolDesc& desc, const D& src, const D& dst, const D& grad_dst);
// Of any other p, window by window in long double; of f32 and f64, where no power leaves f64.
template <class D>
Bounds power_backward_bounds(const PoolDesc& desc, const D& src, const D& dst, const D& grad_dst);

}  // namespace reference

template <class D>
WithIndicesOf<D> run_max_indices(const MaxIndicesDesc& desc, const D& src, const How& how);
template <class D>
D run_scatter(const MaxIndicesDesc& desc, bool add, const D& src, const Indices& indices, const How& how,
              std::int64_t& skipped);
template <class D>
D run_average_backward(const PoolDesc& desc, const D& grad_dst, const How& how);
template <class D>
D run_lp_backward(const PoolDesc& desc, const D& src, const D& dst, const D& grad_dst, const How& how);

// All of it on every ISA: forward, back by its indices, unpooled.
template <class D>
void check_max_indices(const MaxIndicesDesc& desc, const D& src, How how = {});
template <class D>
void check_average_backward(const PoolDesc& desc, const D& grad_dst, How how = {});
template <class D>
void check_lp_backward(const PoolDesc& desc, const D& src, const D& grad_dst, How how = {});

// Calls check(values) with values of a tensor of any type.
template <class Check>
void with_values(const TensorDesc& t, Values kind, Random& random, Check check) {
  if (t.type == ElementType::f64) {
    check(make_values64(dims_of(t), kind, random));
  } else {
    check(make_values(t, kind, random));
  }
}

// Values of `t`, in the numbers of the first argument.
inline Dense values_like(const Dense&, const TensorDesc& t, Values kind, Random& random) {
  return make_values(t, kind, random);
}
inline Dense64 values_like(const Dense64&, const TensorDesc& t, Values kind, Random& random) {
  return make_values64(dims_of(t), kind, random);
}

}  // namespace poolnorm::tests
