#include "plan/population.hpp"

namespace poolnorm {

std::int64_t images_per_leaf(std::int64_t spatial) noexcept {
  std::int64_t g = 1;
  while (g * spatial < 64) g *= 2;
  return g;
}

std::int64_t Units::begin(const Population& p, std::int64_t unit) const noexcept {
  if (blocks == 0) return p.leaf_begin(unit * leaves);
  return p.leaf_begin(unit / per_leaf) + unit % per_leaf * blocks * block_elements;
}

std::int64_t Units::end(const Population& p, std::int64_t unit) const noexcept {
  if (blocks == 0) return p.leaf_end(std::min(p.leaves(), (unit + 1) * leaves) - 1);
  return std::min(begin(p, unit) + blocks * block_elements, p.leaf_end(unit / per_leaf));
}

Units cut(const Population& p, std::int64_t wanted) noexcept {
  const auto halves = [](std::int64_t parts) {
    std::int64_t size = 1;
    while (size < parts) size *= 2;
    return size;
  };
  Units u;
  const std::int64_t leaves = p.leaves();
  u.leaves = halves(leaves);
  u.count = 1;
  while (u.count < wanted && u.leaves > 1) {
    u.leaves /= 2;
    u.count = (leaves + u.leaves - 1) / u.leaves;
  }
  const std::int64_t blocks = p.leaf_blocks();
  if (u.count >= wanted || blocks == 1) return u;
  u.blocks = halves(blocks);
  while (u.count < wanted && u.blocks > 1) {
    u.blocks /= 2;
    u.per_leaf = (blocks + u.blocks - 1) / u.blocks;
    u.count = leaves * u.per_leaf;
  }
  return u;
}

}  // namespace poolnorm
