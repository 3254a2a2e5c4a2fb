// Reference: what a layer gives at one position, from plain loops in double over values that are functions
// of their position (tensors.hpp).
#pragma once

#include <cstdint>
#include <memory>

#include "layer.hpp"
#include "tensors.hpp"

namespace bench {

struct Expected {
  double value = 0;
  std::int64_t index = -1;  // of a layer with indices: what stands beside the value
};

class Reference {
 public:
  virtual ~Reference() = default;
  // Position `s` of the plane of `channel` of `image`: of the output or, backward, of the input.
  virtual Expected at(std::int64_t image, std::int64_t channel, std::int64_t s) const = 0;
  // Elements that one position looks at.
  virtual double cost() const { return 1; }
};

std::unique_ptr<Reference> make_norm_reference(const Layer& layer, std::int64_t batch,
                                               const NormParameters& parameters);
std::unique_ptr<Reference> make_pool_reference(const Layer& layer, const NormParameters& parameters);

// The norm of inference of one value of the input, which stands at `index`.
double normalised(const Layer& layer, const NormParameters& parameters, std::int64_t channel, std::int64_t index);

}  // namespace bench
