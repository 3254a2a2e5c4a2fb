// poolnorm's subjects, one file a family.
#pragma once

#include <memory>

#include "subject.hpp"

namespace bench {

std::unique_ptr<Subject> make_our_pool(const Row& row, const Tensors& tensors);  // indices and gradients, too
std::unique_ptr<Subject> make_our_norm(const Row& row, const Tensors& tensors);  // of inference
std::unique_ptr<Subject> make_our_norm_with_statistics(const Row& row, const Tensors& tensors);
std::unique_ptr<Subject> make_our_norm_gradient(const Row& row, const Tensors& tensors);
std::unique_ptr<Subject> make_our_response(const Row& row, const Tensors& tensors);
std::unique_ptr<Subject> make_our_chain(const Row& row, const Tensors& tensors);
std::unique_ptr<Subject> make_our_training_chain(const Row& row, const Tensors& tensors);
std::unique_ptr<Subject> make_separate_training(const Row& row, const Tensors& tensors);

}  // namespace bench
