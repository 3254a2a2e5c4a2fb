#include "peers/onednn.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "elements.hpp"
#include "peers/fastest.hpp"
#include "peers/onednn_layers.hpp"

namespace bench {
namespace {

using namespace onednn;

bool add_layer(const Row& row, const Memories& m, const NormParameters& parameters, Fusion fusion,
               Primitives& primitives) {
  const Layer& layer = row.layer;
  if (layer.kind == LayerKind::group_norm) return false;
  if (layer.has_norm() && is_integer(layer.type)) return false;  // it takes the integers for real numbers
  if (layer.is_response()) return add_response(row, m, primitives);
  if (layer.is_norm() && layer.backward) return add_norm_gradient(row, m, parameters, primitives);
  Memories norm = m, pool = m;
  if (layer.norm) norm.dst = pool.src = m.intermediate ? m.intermediate : memory(m.src.get_desc(), engine());
  if (layer.has_norm() && !add_norm(row, norm, parameters, fusion, primitives)) return false;
  return layer.is_norm() || add_pool(row, pool, primitives);
}

// The ways oneDNN can do a layer; which one is fastest depends on version, layout and size.
struct Choice {
  Fusion fusion;
  Layout layout;  // other than the row's: with reorders before and after
};

// Null: oneDNN cannot, or not in this way.
std::unique_ptr<Primitives> make_in(const Choice& choice, const Row& row, const Tensors& tensors) {
  try {
    const Layer& layer = row.layer;
    auto primitives = std::make_unique<Primitives>(row.threads);
    const Memories given = wrapped(row, tensors);
    Memories used = given;
    const bool reorders = choice.layout != row.layout;
    if (reorders) {
      used =
          allocated(layer, tensor(row, layer.spatial, choice.layout), tensor(row, output_sizes(layer), choice.layout));
      primitives->reorder(given.src, used.src);
      if (!layer.backward || layer.is_norm()) primitives->add_reorder(given.src, used.src);
      primitives->add_reorder(given.residual, used.residual);
      primitives->add_reorder(given.gradient, used.gradient);
    }
    if (!add_layer(row, used, tensors.parameters(), choice.fusion, *primitives)) return nullptr;
    if (reorders) primitives->add_reorder(used.dst, given.dst);
    primitives->run();  // some refuse as late as that
    return primitives;
  } catch (const dnnl::error&) {
    return nullptr;  // no such shape or type for oneDNN
  }
}

// Channels in blocks of a vector, nChw16c: the layout it likes best, from and to memory of its own.
class Blocked : public Primitives {
 public:
  Blocked(const Row& row, const Tensors& tensors, Fusion fusion)
      : Primitives(row.threads), given_(wrapped(row, tensors)) {
    used_ = allocated(row.layer, blocked(row, row.layer.spatial), blocked(row, output_sizes(row.layer)));
    reorder(given_.src, used_.src);
    reorder(given_.residual, used_.residual);
    reorder(given_.gradient, used_.gradient);
    can_ = add_layer(row, used_, tensors.parameters(), fusion, *this) && !is_reference();
  }

  bool can() const { return can_; }
  void deliver() override { reorder(used_.dst, given_.dst); }

 private:
  Memories given_, used_;
  bool can_ = false;
};

constexpr Fusion fusions[] = {Fusion::flag, Fusion::post_op, Fusion::none};

bool applies(Fusion fusion, const Layer& layer) {
  return fusion == Fusion::none || (layer.has_norm() && !layer.is_response() && !layer.backward);
}

std::unique_ptr<Subject> make_blocked(const Row& row, const Tensors& tensors) {
  if (row.layer.spatial.empty() || row.cold) return nullptr;  // its memory is not among what is made cold
  // Version 2.6 adds no residual to channels that do not fill a block.
  if (row.layer.residual && row.layer.channels % 16 != 0) return nullptr;
  std::vector<Way> ways;
  for (const Fusion fusion : fusions) {
    if (!applies(fusion, row.layer)) continue;
    ways.push_back([=, &row, &tensors]() -> std::unique_ptr<Subject> {
      try {
        auto made = std::make_unique<Blocked>(row, tensors, fusion);
        if (!made->can()) return nullptr;
        made->run();
        return made;
      } catch (const dnnl::error&) {
        return nullptr;
      }
    });
  }
  return fastest(ways, {});
}

// oneDNN has kernels for these; other layers may only have its reference.
bool has_fast_path(const Layer& layer) {
  return layer.type == poolnorm::ElementType::f32 && layer.kind != LayerKind::group_norm &&
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
  std::unique_ptr<Subject> best = fastest(ways, eviction(row, tensors));
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
