// oneDNN's primitive descriptors in the words of version 2.6 and of version 3. An empty descriptor is a
// request that it does not serve.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "tensors.hpp"

namespace bench::onednn {

using dnnl::memory;

inline constexpr auto inference = dnnl::prop_kind::forward_inference;
inline constexpr auto training = dnnl::prop_kind::forward_training;

struct PoolWindow {
  memory::dims kernel, stride, dilation, begin, end;  // dilation 0: none
};

struct Elementwise {
  dnnl::algorithm algorithm;
  float alpha, beta;
};

#if DNNL_VERSION_MAJOR >= 3

using Pooling = dnnl::pooling_forward;
using PoolingGradient = dnnl::pooling_backward;

inline auto pooling(const dnnl::engine& engine, dnnl::prop_kind kind, dnnl::algorithm algorithm,
                    const memory::desc& src, const memory::desc& dst, const PoolWindow& w) {
  return Pooling::primitive_desc(engine, kind, algorithm, src, dst, w.stride, w.kernel, w.dilation, w.begin, w.end,
                                 dnnl::primitive_attr(), true);
}

inline auto pooling_gradient(const dnnl::engine& engine, dnnl::algorithm algorithm, const memory::desc& src,
                             const memory::desc& dst, const PoolWindow& w, const Pooling::primitive_desc& forward) {
  return PoolingGradient::primitive_desc(engine, algorithm, src, dst, w.stride, w.kernel, w.dilation, w.begin, w.end,
                                         forward, dnnl::primitive_attr(), true);
}

// Of batch_normalization or layer_normalization.
template <class Backward, class Forward>
auto norm_gradient(const dnnl::engine& engine, const memory::desc& tensor, dnnl::normalization_flags flags,
                   const Forward& forward) {
  return typename Backward::primitive_desc(engine, dnnl::prop_kind::backward, tensor, tensor, tensor, epsilon, flags,
                                           forward, dnnl::primitive_attr(), true);
}

inline auto norm(const dnnl::engine& engine, dnnl::prop_kind kind, const memory::desc& tensor,
                 dnnl::normalization_flags flags, const dnnl::primitive_attr& attributes = {}) {
  return dnnl::batch_normalization_forward::primitive_desc(engine, kind, tensor, tensor, epsilon, flags, attributes,
                                                           true);
}

inline auto layer_norm(const dnnl::engine& engine, const memory::desc& tensor, dnnl::normalization_flags flags) {
  return dnnl::layer_normalization_forward::primitive_desc(engine, training, tensor, tensor, epsilon, flags,
                                                           dnnl::primitive_attr(), true);
}

inline auto response(const dnnl::engine& engine, dnnl::prop_kind kind, const memory::desc& tensor, std::int64_t size) {
  return dnnl::lrn_forward::primitive_desc(engine, kind, dnnl::algorithm::lrn_across_channels, tensor, tensor, size,
                                           response_alpha, response_beta, response_k, dnnl::primitive_attr(), true);
}

inline auto response_gradient(const dnnl::engine& engine, const memory::desc& tensor, std::int64_t size,
                              const dnnl::lrn_forward::primitive_desc& forward) {
  return dnnl::lrn_backward::primitive_desc(engine, dnnl::algorithm::lrn_across_channels, tensor, tensor, tensor, size,
                                            response_alpha, response_beta, response_k, forward, dnnl::primitive_attr(),
                                            true);
}

inline auto sum(const dnnl::engine& engine, const memory::desc& tensor, const dnnl::primitive_attr& attributes) {
  return dnnl::binary::primitive_desc(engine, dnnl::algorithm::binary_add, tensor, tensor, tensor, attributes, true);
}

inline auto elementwise(const dnnl::engine& engine, const memory::desc& tensor, const Elementwise& e) {
  return dnnl::eltwise_forward::primitive_desc(engine, inference, e.algorithm, tensor, tensor, e.alpha, e.beta,
                                               dnnl::primitive_attr(), true);
}

inline dnnl::primitive_attr followed_by(const Elementwise& e) {
  dnnl::post_ops ops;
  ops.append_eltwise(e.algorithm, e.alpha, e.beta);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(ops);
  return attributes;
}

#else

using Pooling = dnnl::pooling_v2_forward;
using PoolingGradient = dnnl::pooling_v2_backward;

inline auto pooling(const dnnl::engine& engine, dnnl::prop_kind kind, dnnl::algorithm algorithm,
                    const memory::desc& src, const memory::desc& dst, const PoolWindow& w) {
  return Pooling::primitive_desc({kind, algorithm, src, dst, w.stride, w.kernel, w.dilation, w.begin, w.end}, engine,
                                 true);
}

inline auto pooling_gradient(const dnnl::engine& engine, dnnl::algorithm algorithm, const memory::desc& src,
                             const memory::desc& dst, const PoolWindow& w, const Pooling::primitive_desc& forward) {
  return PoolingGradient::primitive_desc({algorithm, src, dst, w.stride, w.kernel, w.dilation, w.begin, w.end}, engine,
                                         forward, true);
}

// Of batch_normalization or layer_normalization.
template <class Backward, class Forward>
auto norm_gradient(const dnnl::engine& engine, const memory::desc& tensor, dnnl::normalization_flags flags,
                   const Forward& forward) {
  return typename Backward::primitive_desc({dnnl::prop_kind::backward, tensor, tensor, epsilon, flags}, engine, forward,
                                           true);
}

inline auto norm(const dnnl::engine& engine, dnnl::prop_kind kind, const memory::desc& tensor,
                 dnnl::normalization_flags flags, const dnnl::primitive_attr& attributes = {}) {
  return dnnl::batch_normalization_forward::primitive_desc({kind, tensor, epsilon, flags}, attributes, engine, true);
}

inline auto layer_norm(const dnnl::engine& engine, const memory::desc& tensor, dnnl::normalization_flags flags) {
  return dnnl::layer_normalization_forward::primitive_desc({training, tensor, epsilon, flags}, engine, true);
}

inline auto response(const dnnl::engine& engine, dnnl::prop_kind kind, const memory::desc& tensor, std::int64_t size) {
  return dnnl::lrn_forward::primitive_desc(
      {kind, dnnl::algorithm::lrn_across_channels, tensor, size, response_alpha, response_beta, response_k}, engine,
      true);
}

inline auto response_gradient(const dnnl::engine& engine, const memory::desc& tensor, std::int64_t size,
                              const dnnl::lrn_forward::primitive_desc& forward) {
  return dnnl::lrn_backward::primitive_desc(
      {dnnl::algorithm::lrn_across_channels, tensor, tensor, size, response_alpha, response_beta, response_k}, engine,
      forward, true);
}

inline auto sum(const dnnl::engine& engine, const memory::desc& tensor, const dnnl::primitive_attr& attributes) {
  return dnnl::binary::primitive_desc({dnnl::algorithm::binary_add, tensor, tensor, tensor}, attributes, engine, true);
}

inline auto elementwise(const dnnl::engine& engine, const memory::desc& tensor, const Elementwise& e) {
  return dnnl::eltwise_forward::primitive_desc({inference, e.algorithm, tensor, e.alpha, e.beta}, engine, true);
}

inline dnnl::primitive_attr followed_by(const Elementwise& e) {
  dnnl::post_ops ops;
  ops.append_eltwise(1.0f, e.algorithm, e.alpha, e.beta);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(ops);
  return attributes;
}

#endif

}  // namespace bench::onednn
