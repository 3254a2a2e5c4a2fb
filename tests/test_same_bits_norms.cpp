// Bits for good: norms that take statistics from their input, and their gradients, on every ISA and in both
// layouts, as sums of golden/bits.txt. A row's or an image's result does not depend on the others.
#include "support/doctest.hpp"

#include "support/backward.hpp"
#include "support/bits_file.hpp"
#include "support/compare.hpp"
#include "support/row_backward.hpp"
#include "support/row_norms.hpp"
#include "support/training.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

const std::vector<std::vector<std::int64_t>> shapes = {{2, 19, 13, 21}, {70, 33}, {5, 6, 3, 3, 3}, {3, 20, 40, 41}};

// +-2^k, no sum of which is exact.
Dense uneven(const std::vector<std::int64_t>& dims) { return make_values(dims, Values::cancelling, 77); }

}  // namespace

TEST_CASE("the bits of training, group norm and gradients") {
  BitsFile file;
  for (const auto& dims : shapes) {
    for (Layout layout : layouts) {
      for_each_isa([&](Isa isa) {
        How how;
        how.isa = isa;
        TrainingCase training = training_case(packed(layout, dims), uneven(dims));
        training.desc.activation = relu();
        const TrainingResult y = training.run(how);
        file.check("batch norm training relu " + dims_text(dims), y.y);
        file.check("batch norm training invstd " + dims_text(dims), Dense({dims[1]}, y.saved_invstd));
        file.check("batch norm training running_mean " + dims_text(dims), Dense({dims[1]}, y.running_mean));
        const BackwardResult gradient = backward_case(packed(layout, dims), uneven(dims)).run(how);
        file.check("batch norm backward " + dims_text(dims), gradient.grad_src);
        file.check("batch norm backward gamma " + dims_text(dims), Dense({dims[1]}, gradient.grad_gamma));
        GroupNormCase group{{packed(layout, dims), {}, 1, 1e-5f}, uneven(dims), {}, {}};
        file.check("group norm 1 " + dims_text(dims), group.run(how).y);
        group.desc.groups = dims[1];
        file.check("instance norm " + dims_text(dims), group.run(how).y);
      });
    }
  }
}

TEST_CASE("the bits of layer and RMS norm; a row is the same in any batch") {
  BitsFile file;
  const std::vector<std::int64_t> dims = {24, 1500};
  const Dense x = uneven(dims);
  for (const bool centred : {true, false}) {
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      LayerNormCase c;
      c.desc = centred ? layer_norm(nchw({24, 1500})) : rms_norm(nchw({24, 1500}));
      c.x = x;
      const Dense y = c.run(how).y;
      file.check(centred ? "layer norm [24,1500]" : "RMS norm [24,1500]", y);
      const std::string backward = centred ? "layer norm backward [24,1500]" : "RMS norm backward [24,1500]";
      RowBackwardCase gradient = row_backward_case(c.desc.src, 1, centred);
      const RowBackwardResult whole = gradient.run(how);
      file.check(backward, whole.grad_src);
      file.check(backward + " gamma", Dense({1500}, whole.grad_gamma));
      c.desc.src = nchw({23, 1500});
      c.x = Dense({23, 1500}, {x.values.begin(), x.values.end() - 1500});
      CHECK(difference(c.run(how).y, Dense({23, 1500}, {y.values.begin(), y.values.end() - 1500})) == "");
    });
  }
}
