// Population: the elements one mean and variance are taken over, and the tree of their sums. The tree is
// a function of the shape alone; tasks share out its nodes and never change it.
#pragma once

#include "kernels/moments_table.hpp"
#include "plan/sequence.hpp"

namespace poolnorm {

struct Population {
  Sequence sequence;               // in src; a gradient's second input in the residual's place
  std::int64_t segment = 1;  // elements that stay together: a plane
  std::int64_t segments = 1;
  std::int64_t per_leaf = 1;  // segments
  bool packed = false;            // a segment is contiguous
  std::int64_t segment_step = 0;  // between segments
  std::int64_t gradient_step = 0;

  std::int64_t elements() const noexcept { return segment * segments; }
  std::int64_t leaves() const noexcept { return (segments + per_leaf - 1) / per_leaf; }
  std::int64_t leaf_begin(std::int64_t leaf) const noexcept { return leaf * per_leaf * segment; }
  std::int64_t leaf_end(std::int64_t leaf) const noexcept {
    return std::min(segments, (leaf + 1) * per_leaf) * segment;
  }
  // Of a whole leaf; the last may have fewer.
  std::int64_t leaf_blocks() const noexcept {
    return (std::min(segments, per_leaf) * segment + block_elements - 1) / block_elements;
  }
};

// The smallest power of two with g * spatial >= 64.
std::int64_t images_per_leaf(std::int64_t spatial) noexcept;

// A population cut into complete nodes of its tree: `leaves` leaves each, or, where leaves are few, blocks
// of one leaf.
struct Units {
  std::int64_t leaves = 1;  // a power of two
  std::int64_t blocks = 0;  // a power of two; 0: whole leaves
  std::int64_t per_leaf = 1;
  std::int64_t count = 1;

  std::int64_t begin(const Population& p, std::int64_t unit) const noexcept;
  std::int64_t end(const Population& p, std::int64_t unit) const noexcept;
};

// The fewest units that are at least `wanted`, or as many as there are blocks.
Units cut(const Population& p, std::int64_t wanted) noexcept;

}  // namespace poolnorm
