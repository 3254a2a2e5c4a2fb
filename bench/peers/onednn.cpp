#include "peers/onednn.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>

#include "peers/fastest.hpp"
#include "peers/onednn_descriptors.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace bench {
namespace {

using namespace onednn;
using Arguments = std::unordered_map<int, memory>;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

// A packed tensor.
memory::desc tensor(const Row& row, const Sizes& spatial, Layout layout) {
  memory::dims dims = {row.batch, row.layer.channels};
  dims.insert(dims.end(), spatial.begin(), spatial.end());
  memory::dims strides(dims.size(), 1);
  memory::dim step = layout == Layout::nchw ? 1 : dims[1];
  for (std::size_t i = dims.size(); i-- > 2;) {
    strides[i] = step;
    step *= dims[i];
  }
  strides[1] = layout == Layout::nchw ? step : 1;
  strides[0] = layout == Layout::nchw ? step * dims[1] : step;
  return memory::desc(dims, memory::data_type::f32, strides);
}

memory wrap(const memory::desc& desc, const float* data) { return memory(desc, engine(), const_cast<float*>(data)); }

// A layer as one primitive, or as the sequence that does it.
class Primitives : public Subject {
 public:
  explicit Primitives(int threads) : threads_(threads), stream_(engine()) { set_threads(); }

  void add(dnnl::primitive primitive, Arguments arguments) {
    const char* implementation = nullptr;
    dnnl_primitive_desc_query(primitive.get_primitive_desc(), dnnl_query_impl_info_str, 0, &implementation);
    names_.emplace_back(implementation);
    steps_.emplace_back(std::move(primitive), std::move(arguments));
  }

  // Plain loops, for whatever has no kernel.
  bool is_reference() const {
    return std::any_of(names_.begin(), names_.end(), [](const std::string& name) { return name.starts_with("ref"); });
  }
  bool uses(const char* isa) const {
    return std::any_of(names_.begin(), names_.end(),
                       [&](const std::string& name) { return name.find(isa) != std::string::npos; });
  }

  std::string how() const override {
    std::string text;
    for (const std::string& name : names_) text += (text.empty() ? "" : " + ") + name;
    return text;
  }

  void add_reorder(const memory& from, const memory& to) {
    add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  }

  void run() override {
    set_threads();
    for (const auto& [primitive, arguments] : steps_) primitive.execute(stream_, arguments);
    stream_.wait();
  }

 private:
  void set_threads() const {
#if defined(_OPENMP)
    omp_set_num_threads(threads_);
#endif
  }

  [[maybe_unused]] int threads_;
  dnnl::stream stream_;
  std::vector<std::pair<dnnl::primitive, Arguments>> steps_;
  std::vector<std::string> names_;
};

// The ways oneDNN can do a layer; which one is fastest depends on version, layout and size.
enum class Fusion { flag, post_op, none };  // the activation: a flag of the norm, a post-op, or a primitive
struct Choice {
  Fusion fusion;
  Layout layout;  // other than the row's: with reorders before and after
};

struct Memories {
  memory src, residual, dst;
};

bool add_pool(const Row& row, const Memories& m, Primitives& primitives) {
  const Layer& layer = row.layer;
  if (layer.kind == LayerKind::min) return false;
  const std::size_t axes = layer.spatial.size();
  const memory::dims zeros(axes, 0);
  PoolWindow window{zeros, zeros, zeros, zeros, zeros};
  bool overhang = false;  // a window reaches beyond the padding
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::optional<SlidingAxis> along = sliding(layer, axis);
    if (!along) return false;
    window.kernel[axis] = along->kernel;
    window.stride[axis] = along->stride;
    window.dilation[axis] = along->dilation - 1;
    window.begin[axis] = along->begin;
    window.end[axis] = along->end;
    overhang = overhang || along->end > along->begin;
  }
  dnnl::algorithm algorithm = dnnl::algorithm::pooling_max;
  if (layer.is_average()) {
    // Its include_padding divides by the whole kernel, which differs where a window overhangs.
    if (layer.divisor == poolnorm::Divisor::padded && overhang) return false;
    algorithm = layer.divisor == poolnorm::Divisor::valid ? dnnl::algorithm::pooling_avg_exclude_padding
                                                          : dnnl::algorithm::pooling_avg_include_padding;
  }
  const auto desc = pooling(engine(), algorithm, m.src.get_desc(), m.dst.get_desc(), window);
  if (!desc) return false;
  primitives.add(Pooling(desc), {{DNNL_ARG_SRC, m.src}, {DNNL_ARG_DST, m.dst}});
  return true;
}

// No value: nothing follows the norm, or nothing that oneDNN has.
std::optional<Elementwise> activation_of(const poolnorm::Activation& activation) {
  switch (activation.kind) {
    case poolnorm::ActivationKind::relu: return Elementwise{dnnl::algorithm::eltwise_relu, 0, 0};
    case poolnorm::ActivationKind::clamp:
      return Elementwise{dnnl::algorithm::eltwise_clip, activation.lo, activation.hi};
    case poolnorm::ActivationKind::leaky_relu: return Elementwise{dnnl::algorithm::eltwise_relu, activation.slope, 0};
    case poolnorm::ActivationKind::hard_swish: return Elementwise{dnnl::algorithm::eltwise_hardswish, 1.0f / 6, 0.5f};
    default: return std::nullopt;
  }
}

bool add_norm(const Row& row, const Memories& m, const NormParameters& p, Fusion fusion, Primitives& primitives) {
  const Layer& layer = row.layer;
  const poolnorm::ActivationKind kind = layer.activation.kind;
  const auto activation = activation_of(layer.activation);
  if (!activation && (kind != poolnorm::ActivationKind::none || fusion != Fusion::none)) return false;
  if (fusion == Fusion::flag && (kind != poolnorm::ActivationKind::relu || layer.residual)) return false;

  const memory::desc desc = m.src.get_desc();
  const memory::desc channels({layer.channels}, memory::data_type::f32, memory::format_tag::a);
  const dnnl::primitive_attr plain, last = fusion == Fusion::post_op ? followed_by(*activation) : plain;
  using Flags = dnnl::normalization_flags;
  const bool trains = layer.kind == LayerKind::batch_norm_training;
  if (trains && fusion != Fusion::none) return false;  // a workspace of its own, or refused
  Flags flags = Flags::use_scale | Flags::use_shift;
  if (!trains) flags |= Flags::use_global_stats;
  if (fusion == Fusion::flag) flags |= Flags::fuse_norm_relu;
  const auto norm_desc = norm(engine(), trains ? training : inference, desc, flags, layer.residual ? plain : last);
  if (!norm_desc) return false;
  primitives.add(dnnl::batch_normalization_forward(norm_desc),
                 {{DNNL_ARG_SRC, m.src},
                  {DNNL_ARG_DST, m.dst},
                  {DNNL_ARG_MEAN, trains ? memory(channels, engine()) : wrap(channels, p.mean.data())},
                  {DNNL_ARG_VARIANCE, trains ? memory(channels, engine()) : wrap(channels, p.variance.data())},
                  {DNNL_ARG_SCALE, wrap(channels, p.gamma.data())},
                  {DNNL_ARG_SHIFT, wrap(channels, p.beta.data())}});
  if (layer.residual) {
    const auto sum_desc = sum(engine(), desc, last);
    if (!sum_desc) return false;
    primitives.add(dnnl::binary(sum_desc),
                   {{DNNL_ARG_SRC_0, m.dst}, {DNNL_ARG_SRC_1, m.residual}, {DNNL_ARG_DST, m.dst}});
  }
  if (activation && fusion == Fusion::none) {
    const auto activation_desc = elementwise(engine(), desc, *activation);
    if (!activation_desc) return false;
    primitives.add(dnnl::eltwise_forward(activation_desc), {{DNNL_ARG_SRC, m.dst}, {DNNL_ARG_DST, m.dst}});
  }
  return true;
}

// Rows of one axis.
bool add_layer_norm(const Row& row, const Memories& m, const NormParameters& p, Primitives& primitives) {
  const memory::desc features({row.layer.channels}, memory::data_type::f32, memory::format_tag::a);
  const memory::desc rows({row.batch}, memory::data_type::f32, memory::format_tag::a);
  using Flags = dnnl::normalization_flags;
  const auto desc = layer_norm(engine(), m.src.get_desc(), Flags::use_scale | Flags::use_shift);
  if (!desc) return false;
  primitives.add(dnnl::layer_normalization_forward(desc), {{DNNL_ARG_SRC, m.src},
                                                           {DNNL_ARG_DST, m.dst},
                                                           {DNNL_ARG_MEAN, memory(rows, engine())},
                                                           {DNNL_ARG_VARIANCE, memory(rows, engine())},
                                                           {DNNL_ARG_SCALE, wrap(features, p.gamma.data())},
                                                           {DNNL_ARG_SHIFT, wrap(features, p.beta.data())}});
  return true;
}

// Null: oneDNN cannot, or not in this way.
std::unique_ptr<Primitives> make_in(const Choice& choice, const Row& row, const Tensors& tensors) {
  try {
    auto primitives = std::make_unique<Primitives>(row.threads);
    const Sizes out = output_sizes(row.layer);
    const memory::desc given_in = tensor(row, row.layer.spatial, row.layout), given_out = tensor(row, out, row.layout);
    const Memories given{wrap(given_in, tensors.src()), wrap(given_in, tensors.residual()),
                         wrap(given_out, tensors.dst())};
    Memories used = given;
    const bool reorders = choice.layout != row.layout;
    if (reorders) {
      const memory::desc in = tensor(row, row.layer.spatial, choice.layout);
      used = {memory(in, engine()), row.layer.residual ? memory(in, engine()) : memory(),
              memory(tensor(row, out, choice.layout), engine())};
      primitives->add_reorder(given.src, used.src);
      if (row.layer.residual) primitives->add_reorder(given.residual, used.residual);
    }
    if (row.layer.kind == LayerKind::group_norm) return nullptr;
    if (row.layer.kind == LayerKind::layer_norm) {
      const bool plain = !reorders && choice.fusion == Fusion::none;
      return plain && add_layer_norm(row, used, tensors.parameters(), *primitives) ? std::move(primitives) : nullptr;
    }
    Memories norm = used, pool = used;
    if (row.layer.norm) norm.dst = pool.src = memory(used.src.get_desc(), engine());
    if (row.layer.has_norm() && !add_norm(row, norm, tensors.parameters(), choice.fusion, *primitives)) return nullptr;
    if (!row.layer.is_norm() && !add_pool(row, pool, *primitives)) return nullptr;
    if (reorders) primitives->add_reorder(used.dst, given.dst);
    return primitives;
  } catch (const dnnl::error&) {
    return nullptr;  // no such shape for oneDNN
  }
}

// Channels in blocks of a vector, nChw16c: the layout it likes best, from and to memory of its own.
class Blocked : public Primitives {
 public:
  Blocked(const Row& row, const Memories& given) : Primitives(row.threads), given_(given) {}

  Memories memories;

  void take_input() {
    dnnl::stream stream(engine());
    dnnl::reorder(given_.src, memories.src).execute(stream, given_.src, memories.src);
    if (memories.residual)
      dnnl::reorder(given_.residual, memories.residual).execute(stream, given_.residual, memories.residual);
    stream.wait();
  }

  const float* output(const Tensors& tensors) override {
    dnnl::stream stream(engine());
    dnnl::reorder(memories.dst, given_.dst).execute(stream, memories.dst, given_.dst);
    stream.wait();
    return tensors.dst();
  }

 private:
  Memories given_;
};

memory::desc blocked(const Row& row, const Sizes& spatial, poolnorm::Isa isa) {
  memory::dims dims = {row.batch, row.layer.channels};
  dims.insert(dims.end(), spatial.begin(), spatial.end());
  using Tag = memory::format_tag;
  constexpr Tag of16[] = {Tag::nCw16c, Tag::nChw16c, Tag::nCdhw16c}, of8[] = {Tag::nCw8c, Tag::nChw8c, Tag::nCdhw8c};
  return memory::desc(dims, memory::data_type::f32, (isa == poolnorm::Isa::avx512 ? of16 : of8)[spatial.size() - 1]);
}

std::unique_ptr<Subject> make_blocked_with(Fusion fusion, const Row& row, const Tensors& tensors) {
  const Layer& layer = row.layer;
  if (layer.spatial.empty() || layer.kind == LayerKind::group_norm) return nullptr;
  try {
    const Sizes out = output_sizes(layer);
    const memory::desc given_in = tensor(row, layer.spatial, row.layout);
    auto subject =
        std::make_unique<Blocked>(row, Memories{wrap(given_in, tensors.src()), wrap(given_in, tensors.residual()),
                                                wrap(tensor(row, out, row.layout), tensors.dst())});
    const memory::desc in = blocked(row, layer.spatial, row.isa);
    Memories& m = subject->memories;
    m = {memory(in, engine()), layer.residual ? memory(in, engine()) : memory(),
         memory(blocked(row, out, row.isa), engine())};
    Memories norm = m, pool = m;
    if (layer.norm) norm.dst = pool.src = memory(in, engine());
    if (layer.has_norm() && !add_norm(row, norm, tensors.parameters(), fusion, *subject)) return nullptr;
    if (!layer.is_norm() && !add_pool(row, pool, *subject)) return nullptr;
    if (subject->is_reference()) return nullptr;
    subject->take_input();
    return subject;
  } catch (const dnnl::error&) {
    return nullptr;
  }
}

constexpr Fusion fusions[] = {Fusion::flag, Fusion::post_op, Fusion::none};

bool applies(Fusion fusion, const Layer& layer) { return fusion == Fusion::none || layer.has_norm(); }

std::unique_ptr<Subject> make_blocked(const Row& row, const Tensors& tensors) {
  std::vector<Way> ways;
  for (const Fusion fusion : fusions)
    if (applies(fusion, row.layer))
      ways.push_back([=, &row, &tensors] { return make_blocked_with(fusion, row, tensors); });
  return fastest(ways);
}

// oneDNN has kernels for these; other layers may only have its reference.
bool has_fast_path(const Layer& layer) {
  if (layer.kind == LayerKind::group_norm) return false;
  return layer.is_norm() ||
         std::all_of(layer.dilation.begin(), layer.dilation.end(), [](std::int64_t d) { return d == 1; });
}

std::unique_ptr<Subject> make(const Row& row, const Tensors& tensors) {
  bool only_reference = false;
  std::vector<Way> ways;
  for (const Layout layout : {Layout::nchw, Layout::nhwc})
    for (const Fusion fusion : fusions) {
      if (layout != row.layout && (row.layer.spatial.empty() || layout == Layout::nchw)) continue;
      if (!applies(fusion, row.layer)) continue;
      ways.push_back([=, &row, &tensors, &only_reference]() -> std::unique_ptr<Subject> {
        std::unique_ptr<Primitives> made = make_in({fusion, layout}, row, tensors);
        if (made == nullptr) return nullptr;
        if (row.isa != poolnorm::Isa::avx512 && made->uses("avx512"))
          throw std::runtime_error("runs " + made->how() + ", not " + poolnorm::name(row.isa));
        only_reference = only_reference || made->is_reference();
        return made->is_reference() ? nullptr : std::move(made);
      });
    }
  std::unique_ptr<Subject> best = fastest(ways);
  if (best == nullptr && only_reference && has_fast_path(row.layer))
    throw std::runtime_error("only reference code for a layer that it has kernels for");
  return best;
}

std::string version() {
  const dnnl_version_t* v = dnnl_version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

}  // namespace

Peer make_onednn(poolnorm::Isa isa) {
  if (isa == poolnorm::Isa::avx2) dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
  if (isa == poolnorm::Isa::sse2) dnnl::set_max_cpu_isa(dnnl::cpu_isa::sse41);
  return {"oneDNN", version(), make};
}

Peer make_onednn_blocked() { return {"oneDNN_blocked", version(), make_blocked, false}; }

}  // namespace bench
