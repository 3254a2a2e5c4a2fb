// Comparisons that say where: "" when equal, otherwise the first difference with its coordinates.
#pragma once

#include <string>

#include "dense.hpp"

namespace poolnorm::tests {

// Bit for bit; any quiet NaN equals any other.
std::string difference(const Dense& got, const Dense& expected);
std::string difference(const Dense64& got, const Dense64& expected);

// The same of arrays, with their name.
template <class T>
std::string difference(const char* what, const std::vector<T>& got, const std::vector<T>& expected) {
  const auto dense = [](const std::vector<T>& v) { return DenseOf<T>({static_cast<std::int64_t>(v.size())}, v); };
  const std::string text = difference(dense(got), dense(expected));
  return text.empty() ? "" : std::string(what) + ": " + text;
}

// |got - expected| <= bound element by element.
std::string difference(const Dense& got, const std::vector<double>& expected, const std::vector<double>& bound);
std::string difference(const Dense64& got, const std::vector<double>& expected, const std::vector<double>& bound);

std::string dims_text(const std::vector<std::int64_t>& dims);

}  // namespace poolnorm::tests
