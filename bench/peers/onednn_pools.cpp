#include <optional>

#include "peers/onednn_descriptors.hpp"
#include "peers/onednn_layers.hpp"

namespace bench::onednn {
namespace {

// No value: windows that it cannot describe.
std::optional<PoolWindow> window_of(const Layer& layer, bool& overhang) {
  const std::size_t axes = layer.spatial.size();
  const memory::dims zeros(axes, 0);
  PoolWindow window{zeros, zeros, zeros, zeros, zeros};
  overhang = false;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::optional<SlidingAxis> along = sliding(layer, axis);
    if (!along) return std::nullopt;
    window.kernel[axis] = along->kernel;
    window.stride[axis] = along->stride;
    window.dilation[axis] = along->dilation - 1;
    window.begin[axis] = along->begin;
    window.end[axis] = along->end;
    overhang = overhang || along->end > along->begin;
  }
  return window;
}

}  // namespace

bool add_pool(const Row& row, const Memories& m, Primitives& primitives) {
  const Layer& layer = row.layer;
  if (layer.kind == LayerKind::min) return false;
  // It notes a maximum's place in a byte.
  if (layer.indices && layer.indices != poolnorm::IndexType::u8) return false;
  bool overhang = false;  // a window reaches beyond the padding
  const std::optional<PoolWindow> window = window_of(layer, overhang);
  if (!window) return false;
  dnnl::algorithm algorithm = dnnl::algorithm::pooling_max;
  if (layer.is_average()) {
    // Its include_padding divides by the whole kernel, which differs where a window overhangs.
    if (layer.divisor == poolnorm::Divisor::padded && overhang) return false;
    algorithm = layer.divisor == poolnorm::Divisor::valid ? dnnl::algorithm::pooling_avg_exclude_padding
                                                          : dnnl::algorithm::pooling_avg_include_padding;
  }
  const memory::desc src = m.src.get_desc(), dst = layer.backward ? m.gradient.get_desc() : m.dst.get_desc();
  const bool trains = layer.indices || layer.backward;
  const auto forward = pooling(engine(), trains ? training : inference, algorithm, src, dst, *window);
  if (!forward) return false;
  Arguments arguments = {{DNNL_ARG_SRC, m.src}, {DNNL_ARG_DST, m.dst}};
  memory workspace;
  if (layer.indices) {
    const memory::desc places = forward.workspace_desc();
    workspace = m.indices && m.indices.get_desc() == places ? m.indices : memory(places, engine());
    arguments[DNNL_ARG_WORKSPACE] = workspace;
  }
  if (!layer.backward) {
    primitives.add(Pooling(forward), arguments);
    return true;
  }
  const auto backward = pooling_gradient(engine(), algorithm, src, dst, *window, forward);
  if (!backward) return false;
  Arguments gradients = {{DNNL_ARG_DIFF_DST, m.gradient}, {DNNL_ARG_DIFF_SRC, m.dst}};
  if (workspace) {
    gradients[DNNL_ARG_WORKSPACE] = workspace;
    arguments[DNNL_ARG_DST] = memory(dst, engine());
    primitives.execute(Pooling(forward), arguments);
  }
  primitives.add(PoolingGradient(backward), gradients);
  return true;
}

}  // namespace bench::onednn
