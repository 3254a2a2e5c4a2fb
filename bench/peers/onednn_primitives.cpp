#include "peers/onednn_primitives.hpp"

#include <algorithm>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace bench::onednn {
namespace {

memory::data_type type_of(const Layer& layer) {
  switch (layer.type) {
    case poolnorm::ElementType::f32: return memory::data_type::f32;
    case poolnorm::ElementType::f16: return memory::data_type::f16;
    case poolnorm::ElementType::bf16: return memory::data_type::bf16;
    case poolnorm::ElementType::s8: return memory::data_type::s8;
    case poolnorm::ElementType::u8: return memory::data_type::u8;
    case poolnorm::ElementType::f64: break;
  }
  return memory::data_type::undef;
}

memory::dims dims_of(const Row& row, const Sizes& spatial) {
  memory::dims dims = {row.batch, row.layer.channels};
  dims.insert(dims.end(), spatial.begin(), spatial.end());
  return dims;
}

memory::desc packed(const memory::dims& dims, Layout layout, memory::data_type type) {
  memory::dims strides(dims.size(), 1);
  memory::dim step = layout == Layout::nchw ? 1 : dims[1];
  for (std::size_t i = dims.size(); i-- > 2;) {
    strides[i] = step;
    step *= dims[i];
  }
  strides[1] = layout == Layout::nchw ? step : 1;
  strides[0] = layout == Layout::nchw ? step * dims[1] : step;
  return memory::desc(dims, type, strides);
}

}  // namespace

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

memory::desc tensor(const Row& row, const Sizes& spatial, Layout layout) {
  return packed(dims_of(row, spatial), layout, type_of(row.layer));
}

memory::desc blocked(const Row& row, const Sizes& spatial) {
  using Tag = memory::format_tag;
  constexpr Tag of16[] = {Tag::nCw16c, Tag::nChw16c, Tag::nCdhw16c}, of8[] = {Tag::nCw8c, Tag::nChw8c, Tag::nCdhw8c};
  const Tag* tags = row.isa == poolnorm::Isa::avx512 ? of16 : of8;
  return memory::desc(dims_of(row, spatial), type_of(row.layer), tags[spatial.size() - 1]);
}

memory wrap(const memory::desc& desc, const void* data) {
  return data == nullptr ? memory() : memory(desc, engine(), const_cast<void*>(data));
}

Memories wrapped(const Row& row, const Tensors& tensors) {
  const memory::desc in = tensor(row, row.layer.spatial, row.layout);
  const Sizes sizes = output_sizes(row.layer);
  const memory::desc out = tensor(row, sizes, row.layout);
  memory indices;
  if (row.layer.indices == poolnorm::IndexType::u8)
    indices = wrap(packed(dims_of(row, sizes), row.layout, memory::data_type::u8), tensors.indices());
  return {wrap(in, tensors.src()),
          wrap(in, tensors.residual()),
          wrap(out, tensors.gradient()),
          wrap(row.layer.backward ? in : out, tensors.dst()),
          indices,
          wrap(in, tensors.intermediate())};
}

Memories allocated(const Layer& layer, const memory::desc& in, const memory::desc& out) {
  const auto if_any = [](bool any, const memory::desc& desc) { return any ? memory(desc, engine()) : memory(); };
  return {memory(in, engine()), if_any(layer.residual, in), if_any(layer.backward, out),
          memory(layer.backward ? in : out, engine())};
}

void Primitives::add(dnnl::primitive primitive, Arguments arguments) {
  const char* implementation = nullptr;
  dnnl_primitive_desc_query(primitive.get_primitive_desc(), dnnl_query_impl_info_str, 0, &implementation);
  names_.emplace_back(implementation);
  steps_.emplace_back(std::move(primitive), std::move(arguments));
}

void Primitives::add_reorder(const memory& from, const memory& to) {
  if (from) add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

void Primitives::execute(const dnnl::primitive& primitive, const Arguments& arguments) {
  primitive.execute(stream_, arguments);
  stream_.wait();
}

void Primitives::reorder(const memory& from, const memory& to) {
  if (from) execute(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

void Primitives::run() {
  set_threads();
  for (const auto& [primitive, arguments] : steps_) primitive.execute(stream_, arguments);
  stream_.wait();
}

std::string Primitives::how() const {
  std::string text;
  for (const std::string& name : names_) text += (text.empty() ? "" : " + ") + name;
  return text;
}

bool Primitives::is_reference() const {
  return std::any_of(names_.begin(), names_.end(), [](const std::string& name) { return name.starts_with("ref"); });
}

bool Primitives::uses(const char* isa) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& name) { return name.find(isa) != std::string::npos; });
}

void Primitives::set_threads() const {
#if defined(_OPENMP)
  omp_set_num_threads(threads_);
#endif
}

}  // namespace bench::onednn
