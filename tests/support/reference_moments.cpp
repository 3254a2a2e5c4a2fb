#include "reference_moments.hpp"

#include <algorithm>
#include <cmath>

namespace poolnorm::tests::reference {
namespace {

template <class T>
Moments block(const T* x, std::int64_t n) {
  double s[8] = {}, q[8] = {};
  for (std::int64_t i = 0; i < n; ++i) {
    const double d = static_cast<double>(x[i]) - static_cast<double>(x[0]);
    s[i % 8] += d;
    q[i % 8] += d * d;
  }
  const auto joined = [](const double* l) { return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7])); };
  const double sum = joined(s), part = sum / static_cast<double>(n);
  return {n, static_cast<double>(x[0]) + part, joined(q) - sum * part};
}

Moments merge(const Moments& a, const Moments& b) {
  if (a.count == 0 || b.count == 0) return a.count == 0 ? b : a;
  const double share = static_cast<double>(b.count) / static_cast<double>(a.count + b.count);
  const double d = b.mean - a.mean;
  return {a.count + b.count, a.mean + d * share, (a.m2 + b.m2) + (d * d) * (static_cast<double>(a.count) * share)};
}

Wide two_sum(double a, double b) {
  const double s = a + b, t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}

}  // namespace

Moments tree(const std::vector<Moments>& nodes, std::size_t begin, std::size_t end) {
  if (end - begin == 1) return nodes[begin];
  std::size_t first = 1;
  while (2 * first < end - begin) first *= 2;
  return merge(tree(nodes, begin, begin + first), tree(nodes, begin + first, end));
}

template <class T>
Moments moments(const std::vector<T>& values, std::int64_t segment, std::int64_t per_leaf) {
  const auto size = static_cast<std::int64_t>(values.size()), leaf = segment * per_leaf;
  std::vector<Moments> leaves;
  for (std::int64_t l = 0; l < size; l += leaf) {
    const std::int64_t end = std::min(size, l + leaf);
    std::vector<Moments> blocks;
    for (std::int64_t b = l; b < end; b += 1024) blocks.push_back(block(values.data() + b, std::min<std::int64_t>(1024, end - b)));
    leaves.push_back(tree(blocks, 0, blocks.size()));
  }
  return tree(leaves, 0, leaves.size());
}

Moments added(const std::vector<Moments>& nodes, std::size_t begin, std::size_t end) {
  if (end - begin == 1) return nodes[begin];
  std::size_t first = 1;
  while (2 * first < end - begin) first *= 2;
  const Moments a = added(nodes, begin, begin + first), b = added(nodes, begin + first, end);
  return {a.count + b.count, a.mean + b.mean, a.m2 + b.m2};
}

template <class T>
Moments gradient_sums(const std::vector<T>& x, const std::vector<T>& g, double centre, std::int64_t segment,
                      std::int64_t per_leaf) {
  const auto size = static_cast<std::int64_t>(x.size()), leaf = segment * per_leaf;
  std::vector<Moments> leaves;
  for (std::int64_t l = 0; l < size; l += leaf) {
    const std::int64_t end = std::min(size, l + leaf);
    std::vector<Moments> blocks;
    for (std::int64_t b = l; b < end; b += 1024) {
      double s[8] = {}, q[8] = {};
      const std::int64_t n = std::min<std::int64_t>(1024, end - b);
      for (std::int64_t i = 0; i < n; ++i) {
        s[i % 8] += static_cast<double>(g[b + i]);
        q[i % 8] += static_cast<double>(g[b + i]) * (static_cast<double>(x[b + i]) - centre);
      }
      const auto joined = [](const double* v) {
        return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
      };
      blocks.push_back({n, joined(s), joined(q)});
    }
    leaves.push_back(added(blocks, 0, blocks.size()));
  }
  return added(leaves, 0, leaves.size());
}

std::int64_t images_per_leaf(std::int64_t spatial) {
  for (std::int64_t g = 1;; g *= 2) {
    if (g * spatial >= 64) return g;
  }
}

template <class T>
std::vector<T> channel_values(const DenseOf<T>& x, std::int64_t c) {
  const std::int64_t n = x.dims[0], channels = x.dims[1], spatial = product(x.dims) / (n * channels);
  std::vector<T> values;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto plane = x.values.begin() + (i * channels + c) * spatial;
    values.insert(values.end(), plane, plane + spatial);
  }
  return values;
}

Wide operator+(Wide a, Wide b) {
  Wide s = two_sum(a.high, b.high);
  const Wide t = two_sum(a.low, b.low);
  s = two_sum(s.high, s.low + t.high);
  return two_sum(s.high, s.low + t.low);
}
Wide operator-(Wide a, Wide b) { return a + Wide(-b.high, -b.low); }
Wide operator*(Wide a, Wide b) {
  const double p = a.high * b.high;
  return two_sum(p, std::fma(a.high, b.high, -p) + (a.high * b.low + a.low * b.high));
}
Wide operator/(Wide a, Wide b) {
  const double q = a.high / b.high;
  const Wide rest = a - b * Wide(q);
  return Wide(q) + Wide(rest.high / b.high);
}
Wide sqrt(Wide a) {
  const double root = std::sqrt(a.high);
  if (root == 0) return root;
  return Wide(root) + Wide((a - Wide(root) * Wide(root)).high / (2 * root));
}

template <class T>
Truth truth(const std::vector<T>& values) {
  const Wide n(static_cast<double>(values.size()));
  Truth t;
  for (T x : values) t.mean = t.mean + Wide(static_cast<double>(x));
  t.mean = t.mean / n;
  for (T x : values) {
    const Wide d = Wide(static_cast<double>(x)) - t.mean;
    t.variance = t.variance + d * d;
  }
  t.variance = t.variance / n;
  return t;
}

template Moments moments(const std::vector<float>&, std::int64_t, std::int64_t);
template Moments gradient_sums(const std::vector<float>&, const std::vector<float>&, double, std::int64_t, std::int64_t);
template std::vector<float> channel_values(const Dense&, std::int64_t);
template Truth truth(const std::vector<float>&);
template Moments moments(const std::vector<double>&, std::int64_t, std::int64_t);
template Moments gradient_sums(const std::vector<double>&, const std::vector<double>&, double, std::int64_t, std::int64_t);
template std::vector<double> channel_values(const Dense64&, std::int64_t);
template Truth truth(const std::vector<double>&);

}  // namespace poolnorm::tests::reference
