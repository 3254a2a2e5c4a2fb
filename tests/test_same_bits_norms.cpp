// Bits for good: norms that take statistics from their input, and their gradients, on every ISA and in both
// layouts, as sums of golden/bits.txt. A row's or an image's result does not depend on the others.
#include "support/doctest.hpp"

#include <cmath>

#include "support/backward.hpp"
#include "support/bits_file.hpp"
#include "support/chain_case.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/row_backward.hpp"
#include "support/row_norms.hpp"
#include "support/training.hpp"
#include "support/training_chain.hpp"

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
        for (const std::int64_t groups : {std::int64_t{1}, dims[1]}) {
          const std::string name = groups == 1 ? "group norm 1 backward " : "instance norm backward ";
          const BackwardResult back = backward_case(packed(layout, dims), uneven(dims), groups).run(how);
          file.check(name + dims_text(dims), back.grad_src);
          file.check(name + "gamma " + dims_text(dims), Dense({dims[1]}, back.grad_gamma));
        }
        if (dims[1] % 4 == 0) {
          const BackwardResult back = backward_case(packed(layout, dims), uneven(dims), 4).run(how);
          file.check("group norm 4 backward " + dims_text(dims), back.grad_src);
          file.check("group norm 4 backward gamma " + dims_text(dims), Dense({dims[1]}, back.grad_gamma));
          const GroupNormCase four{{packed(layout, dims), {}, 4, 1e-5f}, uneven(dims), {}, {}};
          file.check("group norm 4 " + dims_text(dims), four.run(how).y);
        }
        BackwardCase inference = backward_case(packed(layout, dims), uneven(dims));
        inference.training = false;
        const BackwardResult fixed = inference.run(how);
        file.check("batch norm inference backward " + dims_text(dims), fixed.grad_src);
        file.check("batch norm inference backward gamma " + dims_text(dims), Dense({dims[1]}, fixed.grad_gamma));
        GroupNormCase group{{packed(layout, dims), {}, 1, 1e-5f}, uneven(dims), {}, {}};
        file.check("group norm 1 " + dims_text(dims), group.run(how).y);
        group.desc.groups = dims[1];
        file.check("instance norm " + dims_text(dims), group.run(how).y);
      });
    }
  }
}

namespace {

// Of f16 the powers are +-2^14 and +-2^7.
template <class T>
DenseOf<T> uneven_elements(ElementType type, const std::vector<std::int64_t>& dims) {
  const Dense x = uneven(dims);
  DenseOf<T> e(dims, {x.values.begin(), x.values.end()});
  for (T& v : e.values) {
    if (type == ElementType::f16 && std::fabs(v) > 4) v = std::copysign(T(std::fabs(v) > 0x1p60 ? 0x1p14 : 0x1p7), v);
    v = stored(type, v);
  }
  return e;
}

template <class T>
void check_type_bits(BitsFile& file, ElementType type, Layout layout, const How& how) {
  const std::vector<std::int64_t> dims = {5, 19, 13, 21}, rows = {70, 1500};
  const std::string of = std::string(" ") + name(type);
  TrainingCaseOf<T> training = training_case(packed(layout, dims, type), uneven_elements<T>(type, dims));
  training.desc.activation = relu();
  const TrainingResultOf<T> y = training.run(how);
  file.check("batch norm training relu" + of, y.y);
  file.check("batch norm training invstd" + of, DenseOf<T>({19}, y.saved_invstd));
  const auto gradient = backward_case(packed(layout, dims, type), uneven_elements<T>(type, dims)).run(how);
  file.check("batch norm backward" + of, gradient.grad_src);
  file.check("batch norm backward gamma" + of, DenseOf<T>({19}, gradient.grad_gamma));
  GroupNormCaseOf<T> instance{{packed(layout, dims, type), {}, 19, 1e-5f}, uneven_elements<T>(type, dims), {}, {}};
  file.check("instance norm" + of, instance.run(how).y);
  LayerNormCaseOf<T> layer;
  layer.desc = layer_norm(packed(Layout::nchw, rows, type));
  layer.x = uneven_elements<T>(type, rows);
  file.check("layer norm" + of, layer.run(how).y);
  layer.desc.statistics = RowStatistics::mean_square;
  file.check("RMS norm" + of, layer.run(how).y);
  file.check("layer norm backward" + of, row_backward_case<T>(layer.desc.src, 1, true).run(how).grad_src);
}

}  // namespace

TEST_CASE("the bits of norms with statistics of f16, bf16 and f64") {
  BitsFile file;
  for (Layout layout : layouts) {
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      check_type_bits<float>(file, ElementType::f16, layout, how);
      check_type_bits<float>(file, ElementType::bf16, layout, how);
      check_type_bits<double>(file, ElementType::f64, layout, how);
    });
  }
}

namespace {

template <class T>
void check_training_chain_bits(BitsFile& file, ElementType type, Layout layout, const How& how) {
  const std::vector<std::int64_t> dims = {5, 19, 13, 21};
  for (const PoolOp op : {PoolOp::max, PoolOp::average, PoolOp::lp}) {
    TrainingChainCaseOf<T> c = training_chain_case(packed(layout, dims, type), pool_desc(op, {}, Window(3, 2, 1)),
                                                   uneven_elements<T>(type, dims));
    c.norm.desc.activation = relu();
    c.norm.desc.mask = true;
    c.norm.desc.residual = c.norm.desc.src;
    c.norm.r = normal_elements<T>(type, dims, 0, 1, 9);
    c.with_indices = op == PoolOp::max;
    if (op == PoolOp::lp) c.norm.desc.dst = c.norm.desc.src;  // its gradient reads t
    const std::string of = std::string("training chain relu residual ") +
                           (op == PoolOp::max ? "max" : op == PoolOp::average ? "average" : "lp2") + " 3x3 s2 p1";
    const TrainingChainResultOf<T> forward = c.run(how);
    file.check(of + " " + name(type), forward.pooled);
    const BackwardResultOf<T> back = c.run_back(c.expected(), how).norm;
    file.check(of + " backward " + name(type), back.grad_src);
    file.check(of + " backward gamma " + name(type), DenseOf<T>({19}, back.grad_gamma));
  }
}

}  // namespace

TEST_CASE("the bits of training chains and their gradients, of every type") {
  BitsFile file;
  for (Layout layout : layouts) {
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      for (ElementType type : {ElementType::f32, ElementType::f16, ElementType::bf16}) {
        check_training_chain_bits<float>(file, type, layout, how);
      }
      check_training_chain_bits<double>(file, ElementType::f64, layout, how);
    });
  }
}

TEST_CASE("the bits of inference norms and chains of f16, bf16 and f64") {
  BitsFile file;
  const std::vector<std::int64_t> dims = {2, 19, 13, 21};
  for (Layout layout : layouts) {
    for (ElementType type : {ElementType::f16, ElementType::bf16, ElementType::f64}) {
      NormCase norm = norm_case(packed(layout, dims), Values::cancelling, 43);
      norm.activation = hard_swish();
      add_residual(norm, norm.src);
      ChainCase chain;
      chain.before.form = AffineForm::batch_norm;
      std::copy(std::begin(norm.parameters), std::end(norm.parameters), chain.before.values);
      chain.shapes.src = norm.src;
      chain.shapes.activation = relu();
      chain.shapes.add(PoolOp::average, Window(3, 2, 1));
      chain.shapes.add(PoolOp::max, Window(2)).of = 0;
      chain.x = norm.x;
      Random random(50);
      const ChainCaseOf<double> wide = finer(chain, random);
      norm.set_type(type);
      if (type != ElementType::f64) chain.set_type(type);
      for_each_isa([&](Isa isa) {
        How how;
        how.isa = isa;
        const std::string of = std::string(" ") + name(type);
        const std::string averages = "chain relu average 3x3 s2 p1" + of, maxima = "chain relu average, max 2x2 of it" + of;
        if (type == ElementType::f64) {
          const auto outputs = wide.run(how).dst;
          file.check(averages, outputs[0]);
          file.check(maxima, outputs[1]);
          return;
        }
        file.check("batch norm residual hard swish" + of, norm.run(how));
        const auto outputs = chain.run(how).dst;
        file.check(averages, outputs[0]);
        file.check(maxima, outputs[1]);
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
