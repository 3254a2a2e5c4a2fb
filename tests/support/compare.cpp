#include "compare.hpp"

#include <cmath>
#include <cstdio>

#include "bits.hpp"

namespace poolnorm::tests {
namespace {

std::string coordinates(const std::vector<std::int64_t>& dims, std::int64_t index) {
  std::vector<std::int64_t> at(dims.size());
  for (std::size_t d = dims.size(); d-- > 0;) {
    at[d] = index % dims[d];
    index /= dims[d];
  }
  return dims_text(at);
}

template <class Values>
std::string describe(const Values& got, std::size_t i, double expected, std::size_t wrong) {
  char text[200];
  std::snprintf(text, sizeof text, ": got %.17g (%016llx), expected %.17g; %zu of %zu differ",
                static_cast<double>(got.values[i]), static_cast<unsigned long long>(bits_of(got.values[i])), expected,
                wrong, got.values.size());
  return "at " + coordinates(got.dims, static_cast<std::int64_t>(i)) + text;
}

template <class Values, class Differs, class Expected>
std::string first_difference(const Values& got, Differs differs, Expected expected) {
  std::size_t first = 0, wrong = 0;
  for (std::size_t i = got.values.size(); i-- > 0;) {
    if (differs(i)) {
      first = i;
      ++wrong;
    }
  }
  return wrong == 0 ? "" : describe(got, first, expected(first), wrong);
}

template <class D>
std::string difference_beyond(const D& got, const std::vector<double>& expected, const std::vector<double>& bound) {
  if (got.values.size() != expected.size()) return "size differs";
  return first_difference(
      got,
      [&](std::size_t i) {
        const double x = got.values[i];
        if (std::isnan(expected[i]) || std::isinf(expected[i]))
          return !(std::isnan(expected[i]) ? std::isnan(x) : x == expected[i]);
        return !(std::fabs(x - expected[i]) <= bound[i]);
      },
      [&](std::size_t i) { return expected[i]; });
}

}  // namespace

std::string dims_text(const std::vector<std::int64_t>& dims) {
  std::string text = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) text += (i ? "," : "") + std::to_string(dims[i]);
  return text + "]";
}

std::string difference(const Dense& got, const Dense& expected) {
  if (got.dims != expected.dims) return "dims " + dims_text(got.dims) + ", expected " + dims_text(expected.dims);
  return first_difference(
      got, [&](std::size_t i) { return canonical_bits(got.values[i]) != canonical_bits(expected.values[i]); },
      [&](std::size_t i) { return static_cast<double>(expected.values[i]); });
}

std::string difference(const Dense64& got, const Dense64& expected) {
  if (got.dims != expected.dims) return "dims " + dims_text(got.dims) + ", expected " + dims_text(expected.dims);
  return first_difference(
      got, [&](std::size_t i) { return canonical_bits(got.values[i]) != canonical_bits(expected.values[i]); },
      [&](std::size_t i) { return expected.values[i]; });
}

std::string difference(const Dense& got, const std::vector<double>& expected, const std::vector<double>& bound) {
  return difference_beyond(got, expected, bound);
}

std::string difference(const Dense64& got, const std::vector<double>& expected, const std::vector<double>& bound) {
  return difference_beyond(got, expected, bound);
}

}  // namespace poolnorm::tests
