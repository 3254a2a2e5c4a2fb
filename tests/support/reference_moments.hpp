// The tree of sums as the documentation states it, one element at a time; and the truth in double-double,
// which knows no tree.
#pragma once

#include <cstdint>
#include <vector>

#include <poolnorm/moments.hpp>

#include "dense.hpp"

namespace poolnorm::tests::reference {

// The elements of one population in order: `segment` elements stay together, `per_leaf` segments are a leaf. T is
// float, which elements of f16 and bf16 are widened to, or double.
template <class T>
Moments moments(const std::vector<T>& values, std::int64_t segment, std::int64_t per_leaf);

// g: the smallest power of two with g * spatial >= 64.
std::int64_t images_per_leaf(std::int64_t spatial);

// The nodes as one: the largest power of two of them that leaves some, and the rest.
Moments tree(const std::vector<Moments>& nodes, std::size_t begin, std::size_t end);

// The same tree for gradients: mean is the sum of g, m2 that of g * (x - centre), and nodes add up.
template <class T>
Moments gradient_sums(const std::vector<T>& x, const std::vector<T>& g, double centre, std::int64_t segment,
                      std::int64_t per_leaf);
Moments added(const std::vector<Moments>& nodes, std::size_t begin, std::size_t end);

// Channel c of every image, in order n, then spatial.
template <class T>
std::vector<T> channel_values(const DenseOf<T>& x, std::int64_t c);

// A number as the sum of two doubles, to about 2^-104.
struct Wide {
  double high = 0, low = 0;

  Wide() = default;
  Wide(double x) : high(x) {}
  Wide(double h, double l) : high(h), low(l) {}
  double value() const { return high + low; }
};
Wide operator+(Wide a, Wide b);
Wide operator-(Wide a, Wide b);
Wide operator*(Wide a, Wide b);
Wide operator/(Wide a, Wide b);
Wide sqrt(Wide a);

struct Truth {
  Wide mean, variance;  // biased
};
template <class T>
Truth truth(const std::vector<T>& values);

}  // namespace poolnorm::tests::reference
