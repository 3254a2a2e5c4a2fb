// A toy inference runtime: loads a small CNN (make_toy_cnn.py), convolves by its own naive code and does
// everything else through plans made once, with one arena for all workspaces.
//   toy_runtime toy_cnn.txt     exit code 0 where the scores are PyTorch's
#include <poolnorm/poolnorm.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pn = poolnorm;
using Values = std::vector<float>;
using File = std::map<std::string, Values>;

static File load(const char* path) {
  File file;
  std::ifstream in(path);
  std::string name;
  std::size_t count = 0;
  while (in >> name >> count) {
    Values& values = file[name];
    values.resize(count);
    for (float& v : values) in >> v;
  }
  return file;
}

[[noreturn]] static void refuse(const char* message) {
  std::puts(message);
  std::exit(1);
}

template <class Plan>
static Plan value_of(pn::Result<Plan> made) {
  if (!made) refuse(made.message());
  return std::move(made.value);
}

struct Shape {
  std::int64_t c, h, w;
  pn::TensorDesc desc() const { return pn::nchw({1, c, h, w}); }
  std::size_t size() const { return static_cast<std::size_t>(c * h * w); }
};

// Stride 1, the same size out as in; OIHW weights; no bias where that is empty.
struct Convolution {
  Shape in;
  std::int64_t outputs, kernel;
  Values weights, bias;

  Shape out() const { return {outputs, in.h, in.w}; }
  void run(const Values& x, Values& y) const {
    y.assign(out().size(), 0.0f);
    const std::int64_t pad = kernel / 2;
    std::size_t at = 0;
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t i = 0; i < in.h; ++i)
        for (std::int64_t j = 0; j < in.w; ++j) y[at++] = one(x, o, i - pad, j - pad);
  }

 private:
  float one(const Values& x, std::int64_t o, std::int64_t top, std::int64_t left) const {
    float sum = bias.empty() ? 0.0f : bias[static_cast<std::size_t>(o)];
    for (std::int64_t c = 0; c < in.c; ++c)
      for (std::int64_t u = 0; u < kernel; ++u)
        for (std::int64_t v = 0; v < kernel; ++v) {
          const std::int64_t i = top + u, j = left + v;
          if (i < 0 || i >= in.h || j < 0 || j >= in.w) continue;
          sum += weights[static_cast<std::size_t>(((o * in.c + c) * kernel + u) * kernel + v)] *
                 x[static_cast<std::size_t>((c * in.h + i) * in.w + j)];
        }
    return sum;
  }
};

class Network {
 public:
  Network(File file, const Shape& image)
      : file_(std::move(file)),
        stem_{image, 8, 3, file_["stem.weight"], {}},
        stem_pool_(stem_plan()),
        block_{shape_of(stem_pool_.dst()), 8, 3, file_["block.weight"], {}},
        block_norm_(block_plan()),
        squeeze_{{8, 1, 1}, 4, 1, file_["squeeze.weight"], file_["squeeze.bias"]},
        squeeze_act_(activation_plan(squeeze_.out(), pn::relu())),
        expand_{{4, 1, 1}, 8, 1, file_["expand.weight"], file_["expand.bias"]},
        expand_act_(activation_plan(expand_.out(), pn::hard_sigmoid())),
        excite_(excite_plan()),
        transition_(transition_plan()),
        last_{shape_of(transition_.dst()), 16, 1, file_["last.weight"], Values(16)},
        head_(head_plan()),
        classes_{{16, 1, 1}, 10, 1, file_["classes.weight"], file_["classes.bias"]} {
    fold_last();
    std::size_t bytes = 0;
    for (std::size_t b : {stem_pool_.workspace_bytes(context_.executor), block_norm_.workspace_bytes(context_.executor),
                          squeeze_act_.workspace_bytes(context_.executor),
                          expand_act_.workspace_bytes(context_.executor), excite_.workspace_bytes(context_.executor),
                          transition_.workspace_bytes(context_.executor), head_.workspace_bytes(context_.executor)})
      bytes = std::max(bytes, b);
    arena_.resize(bytes);
    context_.workspace = arena_.data();
    context_.workspace_bytes = arena_.size();
  }

  Values run(const Values& image) {
    Values x, y, residual, scale, scores;
    stem_.run(image, x);
    chain(stem_pool_, x, residual);
    block_.run(residual, x);
    // The block's output and its channel means, in one pass.
    y.resize(8);
    pn::ChainData data;
    data.src = x.data();
    data.residual = residual.data();
    data.intermediate = x.data();
    data.dst[0] = y.data();
    check(block_norm_.run(data, context_));
    squeeze_.run(y, scale);
    check(squeeze_act_.run(scale.data(), scale.data(), context_));
    expand_.run(scale, y);
    check(expand_act_.run(y.data(), y.data(), context_));
    check(excite_.run(x.data(), y.data(), x.data(), context_));
    chain(transition_, x, y);
    last_.run(y, x);
    chain(head_, x, y);
    classes_.run(y, scores);
    return scores;
  }

 private:
  static Shape shape_of(const pn::TensorDesc& t) { return {t.dims[1], t.dims[2], t.dims[3]}; }
  static void check(const pn::Status& status) {
    if (!status) refuse(status.message);
  }
  pn::Affine norm(const std::string& name) {
    return pn::Affine::batch_norm(file_[name + ".running_mean"], file_[name + ".running_var"], file_[name + ".weight"],
                                  file_[name + ".bias"]);
  }
  void chain(const pn::ChainPlan& plan, const Values& x, Values& y) {
    y.resize(static_cast<std::size_t>(plan.dst().elements()));
    check(plan.run(x.data(), y.data(), context_));
  }

  pn::ChainPlan stem_plan() {
    pn::ChainDesc d;
    d.src = stem_.out().desc();
    d.before = norm("stem_norm");
    d.activation = pn::relu();
    d.add(pn::PoolOp::max, pn::Window(3, 2, 1));
    return value_of(pn::ChainPlan::make(d));
  }
  pn::ChainPlan block_plan() {
    pn::ChainDesc d;
    d.src = d.residual = d.intermediate = block_.out().desc();
    d.before = norm("block_norm");
    d.activation = pn::hard_swish();
    d.add_global(pn::PoolOp::average);
    return value_of(pn::ChainPlan::make(d));
  }
  static pn::NormPlan activation_plan(const Shape& shape, const pn::Activation& activation) {
    pn::ScaleShiftDesc d;
    d.src = shape.desc();
    d.activation = activation;
    return value_of(pn::NormPlan::make(d));
  }
  pn::ExcitePlan excite_plan() {
    pn::ExciteDesc d;
    d.src = block_.out().desc();
    return value_of(pn::ExcitePlan::make(d));
  }
  pn::ChainPlan transition_plan() {
    pn::ChainDesc d;
    d.src = block_.out().desc();
    d.before = norm("transition_norm");
    d.activation = pn::relu();
    d.add(pn::PoolOp::average, pn::Window(2));
    return value_of(pn::ChainPlan::make(d));
  }
  pn::ChainPlan head_plan() {
    pn::ChainDesc d;
    d.src = last_.out().desc();
    d.activation = pn::relu();
    d.add_global(pn::PoolOp::average);
    return value_of(pn::ChainPlan::make(d));
  }
  void fold_last() {
    const pn::Affine a = norm("last_norm");
    pn::BatchNormDesc d;
    d.mean = a.mean;
    d.variance = a.variance;
    d.gamma = a.gamma;
    d.beta = a.beta;
    check(pn::fold_batch_norm(d, {last_.weights.data(), 16, 8, 8, 1}, last_.bias.data()));
  }

  File file_;
  Convolution stem_;
  pn::ChainPlan stem_pool_;
  Convolution block_;
  pn::ChainPlan block_norm_;
  Convolution squeeze_;
  pn::NormPlan squeeze_act_;
  Convolution expand_;
  pn::NormPlan expand_act_;
  pn::ExcitePlan excite_;
  pn::ChainPlan transition_;
  Convolution last_;
  pn::ChainPlan head_;
  Convolution classes_;
  std::vector<char> arena_;
  pn::RunContext context_;
};

int main(int argc, char** argv) {
  File file = load(argc > 1 ? argv[1] : "toy_cnn.txt");
  const Values image = file["image"], expected = file["scores"];
  if (image.size() != 3 * 18 * 22 || expected.size() != 10) refuse("toy_cnn.txt is not the file that was expected");
  Network network(std::move(file), {3, 18, 22});
  int wrong = 0;
  for (int again = 0; again < 2; ++again) {
    const Values scores = network.run(image);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const bool ok = std::fabs(scores[i] - expected[i]) <= 1e-5f * std::fmax(1.0f, std::fabs(expected[i]));
      if (!ok) ++wrong, std::printf("score %zu is %.9g, PyTorch's %.9g\n", i, double{scores[i]}, double{expected[i]});
    }
  }
  return wrong == 0 ? 0 : 1;
}
