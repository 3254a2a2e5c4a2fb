// Reference: what a layer gives at one position, from plain loops in double over values that are functions
// of their position (tensors.hpp).
#pragma once

#include <cstdint>
#include <memory>

#include "layer.hpp"
#include "tensors.hpp"

namespace bench {

// Values of a norm this close may be equal, or in another order, where they are rounded.
inline constexpr double near = 1e-5;

struct Expected {
  double value = 0;
  std::int64_t index = -1;  // of a layer with indices: what stands beside the value
  bool decided = true;      // no rounding in front of it could choose another maximum, or side of a relu
  double terms = 0;         // the size of what cancels in it
};

class Reference {
 public:
  virtual ~Reference() = default;
  // Position `s` of the plane of `channel` of `image`: of the output or, backward, of the input.
  virtual Expected at(std::int64_t image, std::int64_t channel, std::int64_t s) const = 0;
  // Elements that one position looks at.
  virtual double cost() const { return 1; }
};

// `gradient`: of a gradient that does not begin with the tensors' own, what it begins with.
std::unique_ptr<Reference> make_norm_reference(const Layer& layer, std::int64_t batch, const NormParameters& parameters,
                                               std::unique_ptr<Reference> gradient = nullptr);
std::unique_ptr<Reference> make_pool_reference(const Layer& layer, std::int64_t batch,
                                               const NormParameters& parameters);

}  // namespace bench
