// Expectation: what a row's output must be, at sampled positions, from plain loops in double. Nothing
// is timed before it passed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layer.hpp"
#include "reference.hpp"
#include "tensors.hpp"

namespace bench {

class Expectation {
 public:
  Expectation(const Layer& layer, std::int64_t batch, const NormParameters& parameters);

  // Empty when a peer's result `dst` agrees within its type's rounding, and `indices`, if they are given, too; else
  // what differs, and where.
  std::string difference_of_peer(const void* dst, const void* indices, Layout layout) const;

  // The same for our own results, which must moreover have the same bits in every layout, for
  // every thread count: those of the first call.
  std::string difference_in_bits(const void* dst, const void* indices, Layout layout);

 private:
  struct Sample {
    std::int64_t nchw, nhwc;  // offsets
    Expected expected;
  };
  std::int64_t offset(const Sample& sample, Layout layout) const {
    return layout == Layout::nchw ? sample.nchw : sample.nhwc;
  }

  std::string difference(const void* dst, Layout layout, double tolerance) const;
  std::string difference_of_indices(const void* indices, Layout layout) const;

  const Layer& layer_;
  double tolerance_, peer_tolerance_;
  std::vector<Sample> samples_;
  std::vector<char> first_;  // their bytes
};

}  // namespace bench
