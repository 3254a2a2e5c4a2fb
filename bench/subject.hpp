// Subject: something that can be timed on a row. poolnorm is one, every peer makes another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <poolnorm/isa.hpp>

#include "layer.hpp"
#include "tensors.hpp"

namespace bench {

struct Row {
  const Layer& layer;
  std::int64_t batch;
  Layout layout;
  int threads;
  poolnorm::Isa isa;
  bool cold = false;  // caches are emptied before every run
};

class Subject {
 public:
  virtual ~Subject() = default;
  // One run of the layer, from the tensors' input to their output. Throws std::exception on failure.
  virtual void run() = 0;
  // Brings the last run's output to the tensors' dst, in the row's layout, where run() left it elsewhere.
  virtual void deliver() {}
  // How the layer is done: implementation, layout, steps.
  virtual std::string how() const { return {}; }
};

// A plan of poolnorm and its workspace. Throws std::runtime_error with the message of a refusal.
std::unique_ptr<Subject> make_poolnorm(const Row& row, const Tensors& tensors);

// The same chain as separate calls of ours; null for a layer that is none.
std::unique_ptr<Subject> make_separate(const Row& row, const Tensors& tensors);

}  // namespace bench
