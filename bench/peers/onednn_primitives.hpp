// A layer as oneDNN's primitives, and its tensors as oneDNN's memory.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

#include "subject.hpp"

namespace bench::onednn {

using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;

const dnnl::engine& engine();

// A packed tensor, or one of blocks of channels; empty for a type that oneDNN has not.
memory::desc tensor(const Row& row, const Sizes& spatial, Layout layout);
memory::desc blocked(const Row& row, const Sizes& spatial);
memory wrap(const memory::desc& desc, const void* data);

// Tensors of a layer; empty those that it lacks. Backward, dst is the input's gradient.
struct Memories {
  memory src, residual, gradient, dst;
  // The row's own, in the row's layout: indices of bytes, and what a chain keeps.
  memory indices = {}, intermediate = {};
};
Memories wrapped(const Row& row, const Tensors& tensors);
// Memory of their own; `in` and `out`: images of the layer's input and output.
Memories allocated(const Layer& layer, const memory::desc& in, const memory::desc& out);

// Primitives in order.
class Primitives : public Subject {
 public:
  explicit Primitives(int threads) : threads_(threads), stream_(engine()) { set_threads(); }

  void add(dnnl::primitive primitive, Arguments arguments);
  void add_reorder(const memory& from, const memory& to);
  // Once, now: what comes before that which is timed.
  void execute(const dnnl::primitive& primitive, const Arguments& arguments);
  void reorder(const memory& from, const memory& to);

  void run() override;
  std::string how() const override;

  // Plain loops, for whatever has no kernel.
  bool is_reference() const;
  bool uses(const char* isa) const;

 private:
  void set_threads() const;

  [[maybe_unused]] int threads_;
  dnnl::stream stream_;
  std::vector<std::pair<dnnl::primitive, Arguments>> steps_;
  std::vector<std::string> names_;
};

}  // namespace bench::onednn
