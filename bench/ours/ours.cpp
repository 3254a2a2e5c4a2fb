#include "ours/ours.hpp"

namespace bench {

std::unique_ptr<Subject> make_poolnorm(const Row& row, const Tensors& tensors) {
  const Layer& layer = row.layer;
  if (layer.training) return make_our_training_chain(row, tensors);
  if (layer.is_chain()) return make_our_chain(row, tensors);
  if (!layer.is_norm()) return make_our_pool(row, tensors);
  if (layer.is_response()) return make_our_response(row, tensors);
  if (layer.backward) return make_our_norm_gradient(row, tensors);
  return layer.has_statistics() ? make_our_norm_with_statistics(row, tensors) : make_our_norm(row, tensors);
}

}  // namespace bench
