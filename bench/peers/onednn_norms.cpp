#include <optional>

#include "peers/onednn_descriptors.hpp"
#include "peers/onednn_layers.hpp"

namespace bench::onednn {
namespace {

using Flags = dnnl::normalization_flags;
const Flags affine = Flags::use_scale | Flags::use_shift;

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

memory::desc vector_of(std::int64_t size) { return {{size}, memory::data_type::f32, memory::format_tag::a}; }

// Rows of one axis.
bool add_layer_norm(const Row& row, const Memories& m, const NormParameters& p, Primitives& primitives) {
  const memory::desc features = vector_of(row.layer.channels), rows = vector_of(row.batch);
  const auto desc = layer_norm(engine(), m.src.get_desc(), affine);
  if (!desc) return false;
  primitives.add(dnnl::layer_normalization_forward(desc), {{DNNL_ARG_SRC, m.src},
                                                           {DNNL_ARG_DST, m.dst},
                                                           {DNNL_ARG_MEAN, memory(rows, engine())},
                                                           {DNNL_ARG_VARIANCE, memory(rows, engine())},
                                                           {DNNL_ARG_SCALE, wrap(features, p.gamma.data())},
                                                           {DNNL_ARG_SHIFT, wrap(features, p.beta.data())}});
  return true;
}

// `sets`: how many there are that share statistics.
template <class Forward, class Backward>
bool add_gradient(const typename Forward::primitive_desc& forward, std::int64_t sets, const Memories& m,
                  const NormParameters& p, Primitives& primitives) {
  const memory::desc desc = m.src.get_desc();
  const auto backward = norm_gradient<Backward>(engine(), desc, affine, forward);
  if (!backward) return false;
  const memory::desc parameters = vector_of(static_cast<std::int64_t>(p.gamma.size()));
  const memory mean(vector_of(sets), engine()), variance(vector_of(sets), engine());
  const memory scale = wrap(parameters, p.gamma.data()), shift = wrap(parameters, p.beta.data());
  primitives.execute(Forward(forward), {{DNNL_ARG_SRC, m.src},
                                        {DNNL_ARG_DST, memory(desc, engine())},
                                        {DNNL_ARG_MEAN, mean},
                                        {DNNL_ARG_VARIANCE, variance},
                                        {DNNL_ARG_SCALE, scale},
                                        {DNNL_ARG_SHIFT, shift}});
  primitives.add(Backward(backward), {{DNNL_ARG_SRC, m.src},
                                      {DNNL_ARG_MEAN, mean},
                                      {DNNL_ARG_VARIANCE, variance},
                                      {DNNL_ARG_SCALE, scale},
                                      {DNNL_ARG_SHIFT, shift},
                                      {DNNL_ARG_DIFF_DST, m.gradient},
                                      {DNNL_ARG_DIFF_SRC, m.dst},
                                      {DNNL_ARG_DIFF_SCALE, memory(parameters, engine())},
                                      {DNNL_ARG_DIFF_SHIFT, memory(parameters, engine())}});
  return true;
}

}  // namespace

bool add_norm(const Row& row, const Memories& m, const NormParameters& p, Fusion fusion, Primitives& primitives) {
  const Layer& layer = row.layer;
  if (layer.kind == LayerKind::layer_norm) return fusion == Fusion::none && add_layer_norm(row, m, p, primitives);
  const poolnorm::ActivationKind kind = layer.activation.kind;
  const auto activation = activation_of(layer.activation);
  if (!activation && (kind != poolnorm::ActivationKind::none || fusion != Fusion::none)) return false;
  if (fusion == Fusion::flag && (kind != poolnorm::ActivationKind::relu || layer.residual)) return false;

  const memory::desc desc = m.src.get_desc(), channels = vector_of(layer.channels);
  const dnnl::primitive_attr plain, last = fusion == Fusion::post_op ? followed_by(*activation) : plain;
  const bool trains = layer.kind == LayerKind::batch_norm_training;
  if (trains && fusion != Fusion::none) return false;  // a workspace of its own, or refused
  Flags flags = affine;
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

bool add_response(const Row& row, const Memories& m, Primitives& primitives) {
  const memory::desc desc = m.src.get_desc();
  const auto forward = response(engine(), row.layer.backward ? training : inference, desc, row.layer.size);
  if (!forward) return false;
  if (!row.layer.backward) {
    primitives.add(dnnl::lrn_forward(forward), {{DNNL_ARG_SRC, m.src}, {DNNL_ARG_DST, m.dst}});
    return true;
  }
  const auto backward = response_gradient(engine(), desc, row.layer.size, forward);
  if (!backward) return false;
  const memory workspace(forward.workspace_desc(), engine());
  primitives.execute(dnnl::lrn_forward(forward),
                     {{DNNL_ARG_SRC, m.src}, {DNNL_ARG_DST, memory(desc, engine())}, {DNNL_ARG_WORKSPACE, workspace}});
  primitives.add(dnnl::lrn_backward(backward), {{DNNL_ARG_SRC, m.src},
                                                {DNNL_ARG_DIFF_DST, m.gradient},
                                                {DNNL_ARG_WORKSPACE, workspace},
                                                {DNNL_ARG_DIFF_SRC, m.dst}});
  return true;
}

bool add_norm_gradient(const Row& row, const Memories& m, const NormParameters& p, Primitives& primitives) {
  using dnnl::batch_normalization_backward, dnnl::batch_normalization_forward;
  using dnnl::layer_normalization_backward, dnnl::layer_normalization_forward;
  const memory::desc desc = m.src.get_desc();
  if (row.layer.kind == LayerKind::layer_norm) {
    const auto forward = layer_norm(engine(), desc, affine);
    return forward && add_gradient<layer_normalization_forward, layer_normalization_backward>(forward, row.batch, m, p,
                                                                                              primitives);
  }
  const auto forward = norm(engine(), training, desc, affine);
  return forward && add_gradient<batch_normalization_forward, batch_normalization_backward>(forward, row.layer.channels,
                                                                                            m, p, primitives);
}

}  // namespace bench::onednn
