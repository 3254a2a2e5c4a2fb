#include "chain_case.hpp"

#include <cmath>
#include <sstream>

#include "cases.hpp"
#include "compare.hpp"
#include "doctest.hpp"
#include "element.hpp"
#include "reference.hpp"
#include "tensor.hpp"
#include "values.hpp"

namespace poolnorm::tests {
namespace {

using Form = AffineForm;

struct Ends {
  ElementType src, dst;
  Quantization src_quantization, dst_quantization;
};

// The norm of `a`, an activation and a residual of `chain`, by the reference.
template <class T>
DenseOf<T> mapped(const AffineValuesOf<T>& a, const Activation& activation, const DenseOf<T>& x, const ChainDesc& chain,
                  const DenseOf<T>* r, const Ends& ends) {
  const Affine affine = a.affine();
  const auto describe = [&](auto& d) {
    d.src = d.dst = packed(Layout::nchw, x.dims);
    d.src.type = ends.src;
    d.dst.type = ends.dst;
    if (r != nullptr) d.residual = chain.residual;
    d.src_quantization = ends.src_quantization;
    d.dst_quantization = ends.dst_quantization;
    d.residual_quantization = chain.residual_quantization;
    d.rounding = chain.rounding;
    d.activation = activation;
  };
  if (a.form == Form::batch_norm) {
    BatchNormDesc d;
    describe(d);
    d.mean = affine.mean;
    d.variance = affine.variance;
    d.gamma = affine.gamma;
    d.beta = affine.beta;
    d.epsilon = affine.epsilon;
    return reference::batch_norm(d, x, r);
  }
  ScaleShiftDesc d;
  describe(d);
  d.scale = affine.scale;
  d.shift = affine.shift;
  return reference::scale_shift(d, x, r);
}

// Signs alike or mixed, and now and then what a norm of a pruned or broken net has.
AffineValues random_affine(std::int64_t channels, Random& r) {
  AffineValues a;
  a.form = r.pick({Form::none, Form::batch_norm, Form::batch_norm, Form::scale_shift});
  if (a.form == Form::none) return a;
  const bool batch = a.form == Form::batch_norm;
  const int signs = static_cast<int>(r.in(0, 3));
  const float low = signs == 0 ? 0.5f : -2, high = signs == 1 ? -0.5f : 2;
  const float batch_ranges[4][2] = {{-1, 1}, {0, 4}, {low, high}, {-1, 1}};
  const float explicit_ranges[2][2] = {{low, high}, {-1, 1}};
  for (int i = 0; i < (batch ? 4 : 2); ++i) {
    const float* range = batch ? batch_ranges[i] : explicit_ranges[i];
    const bool required = batch ? i < 2 : i == 0;
    if (required || r.chance(75)) a.values[i] = make_parameter(channels, range[0], range[1], r);
  }
  if (r.chance(20)) a.epsilon = r.pick({0.0f, 1e-3f, 1.0f});
  if (r.chance(15)) {
    for (auto& values : a.values) {
      if (values.empty() || r.chance(50)) continue;
      const auto at = static_cast<std::size_t>(r.in(0, channels - 1));
      values[at] = r.pick({0.0f, -0.0f, HUGE_VALF, -HUGE_VALF, NAN, 1e-40f});
    }
  }
  return a;
}

}  // namespace

template <class T>
Affine AffineValuesOf<T>::affine() const {
  return form == Form::batch_norm    ? Affine::batch_norm(values[0], values[1], values[2], values[3], epsilon)
         : form == Form::scale_shift ? Affine::scale_shift(values[0], values[1])
                                     : Affine{};
}

template <class T>
ChainDesc ChainCaseOf<T>::desc() const {
  ChainDesc d = shapes;
  d.before = before.affine();
  for (int i = 0; i < d.pool_count; ++i) d.pools[i].after = after[i].affine();
  return d;
}

template <class T>
bool ChainCaseOf<T>::maps() const {
  return before.form != Form::none || shapes.residual.rank != 0 || shapes.activation.kind != ActivationKind::none;
}

template <class T>
bool ChainCaseOf<T>::follows(int pool) const {
  return after[pool].form != Form::none || shapes.pools[pool].activation.kind != ActivationKind::none;
}

template <class T>
ChainOutputsOf<T> ChainCaseOf<T>::expected() const {
  ChainOutputsOf<T> out;
  const DenseOf<T>* residual = shapes.residual.rank == 0 ? nullptr : &r;
  const ElementType type = shapes.intermediate_type;
  const Ends ends{shapes.src.type, type, shapes.src_quantization, shapes.intermediate_quantization};
  const DenseOf<T> t = maps() ? mapped(before, shapes.activation, x, shapes, residual, ends) : x;
  if (shapes.intermediate.rank != 0) out.intermediate = t;
  for (int i = 0; i < shapes.pool_count; ++i) {
    const ChainPool& p = shapes.pools[i];
    const DenseOf<T>& from = p.of < 0 ? t : out.dst[static_cast<std::size_t>(p.of)];
    PoolDesc pool = p.pool;
    pool.src = packed(Layout::nchw, from.dims);
    pool.src.type = type;
    DenseOf<T> y = reference::pool(pool, from);
    if (follows(i)) {
      y = mapped<T>(after[i], p.activation, y, shapes, nullptr, {type, type, p.pool.dst_quantization, p.after_quantization});
    }
    out.dst.push_back(y);
  }
  return out;
}

template <class T>
ChainOutputsOf<T> ChainCaseOf<T>::run(const How& how, Alias intermediate) const {
  return run_chain<T>(desc(), x, shapes.residual.rank == 0 ? nullptr : &r, how, intermediate);
}

template <class T>
void ChainCaseOf<T>::set_shapes_types(ElementType type, ElementType t) {
  const auto set = [](TensorDesc& tensor, ElementType to) {
    if (tensor.rank != 0) tensor.type = to;
  };
  set(shapes.src, type);
  set(shapes.residual, type);
  set(shapes.intermediate, t);
  shapes.intermediate_type = t;
  for (int i = 0; i < shapes.pool_count; ++i) set(shapes.pools[i].pool.dst, t);
}

template <class T>
void ChainCaseOf<T>::set_type(ElementType type) {
  set_shapes_type(type);
  for (DenseOf<T>* values : {&x, &r}) {
    for (T& v : values->values) v = stored(type, v);
  }
}

template <class T>
std::string ChainCaseOf<T>::text() const {
  std::ostringstream s;
  const auto quantization = [&s](const Quantization& q) { s << " quantization " << q.scale << ' ' << q.zero_point; };
  s << "chain " << name(shapes.src.type) << " src " << text_of(shapes.src) << " form " << static_cast<int>(before.form)
    << " residual " << text_of(shapes.residual) << " activation " << static_cast<int>(shapes.activation.kind)
    << " slope " << shapes.activation.slope << " intermediate " << text_of(shapes.intermediate) << ' '
    << name(shapes.intermediate_type) << " rounding " << static_cast<int>(shapes.rounding);
  for (const auto* q : {&shapes.src_quantization, &shapes.residual_quantization, &shapes.intermediate_quantization}) quantization(*q);
  for (int i = 0; i < shapes.pool_count; ++i) {
    const ChainPool& p = shapes.pools[i];
    s << "\n  of " << p.of << ' ' << text_of(p.pool) << " form " << static_cast<int>(after[i].form) << " activation "
      << static_cast<int>(p.activation.kind);
    quantization(p.after_quantization);
  }
  return s.str();
}

ChainCase random_chain(Random& r) {
  ChainCase c;
  const int spatial = static_cast<int>(r.pick({1, 2, 2, 2, 3}));
  const std::vector<std::int64_t> dims = random_dims(spatial, r);
  const Layout layout = dims[1] == 1 ? Layout::nchw : r.pick({Layout::nchw, Layout::nhwc});
  const auto tensor = [&] { return r.chance(50) ? packed(layout, dims) : random_strides(layout, dims, r); };
  const Values kind = static_cast<Values>(r.in(0, static_cast<int>(Values::count_) - 1));
  c.shapes.src = tensor();
  c.x = make_values(dims, kind, r);
  c.before = random_affine(dims[1], r);
  c.shapes.activation = random_activation(r);
  if (r.chance(25)) {
    c.shapes.residual = tensor();
    c.r = make_values(dims, kind, r);
  }
  if (r.chance(30)) c.shapes.intermediate = r.chance(40) ? c.shapes.src : tensor();
  const int pools = r.chance(60) ? 1 : static_cast<int>(r.in(2, 4));
  for (int i = 0; i < pools; ++i) {
    ChainPool p;
    if (i > 0 && r.chance(40)) p.of = static_cast<int>(r.in(0, i - 1));
    const TensorDesc& t = p.of < 0 ? c.shapes.src : c.shapes.pools[p.of].pool.dst;
    p.pool = random_pool_of(t, layout, r);
    if (p.pool.dst.rank == 0) p.pool.dst = packed(layout, reference::geometry(p.pool).output_dims(t));
    p.pool.src = {};
    if (r.chance(25)) {
      c.after[i] = random_affine(dims[1], r);
      p.activation = random_activation(r);
    }
    c.shapes.pools[c.shapes.pool_count++] = p;
  }
  return c;
}

template struct AffineValuesOf<float>;
template struct AffineValuesOf<double>;
template struct ChainCaseOf<float>;
template struct ChainCaseOf<double>;

ChainCaseOf<double> finer(const ChainCase& chain, Random& random) {
  ChainCaseOf<double> c;
  c.shapes = chain.shapes;
  c.set_shapes_type(ElementType::f64);
  const auto finer_affine = [&random](const AffineValues& from, AffineValuesOf<double>& to) {
    to.form = from.form;
    to.epsilon = from.epsilon;
    for (int i = 0; i < 4; ++i) {
      for (float v : from.values[i]) to.values[i].push_back(static_cast<double>(v) * (1 + random.uniform(0, 1) * 0x1p-30));
    }
  };
  finer_affine(chain.before, c.before);
  for (int i = 0; i < max_chain_pools; ++i) finer_affine(chain.after[i], c.after[i]);
  c.x = finer(chain.x, random);
  if (chain.shapes.residual.rank != 0) c.r = finer(chain.r, random);
  return c;
}

ChainCase quantized(ChainCase chain, Values kind, Random& random) {
  const auto byte = [&random] { return random.pick({ElementType::s8, ElementType::u8}); };
  const auto rounding = [&random] { return random.pick({Rounding::half_to_even, Rounding::half_away_from_zero}); };
  const auto make_finite = [](AffineValues& a) {
    for (auto& values : a.values) {
      for (float& v : values) v = std::isfinite(v) ? v : 1;
    }
    if (a.epsilon == 0) a.epsilon = 1e-5f;
  };
  ChainDesc& d = chain.shapes;
  const ElementType type = byte(), t = chain.maps() ? byte() : type;
  chain.set_shapes_types(type, t);
  make_finite(chain.before);
  d.src_quantization = random_quantization(type, random);
  d.intermediate_quantization = chain.maps() ? random_quantization(t, random) : random.chance(50) ? d.src_quantization : Quantization{};
  d.rounding = rounding();
  chain.x = make_values(d.src, kind, random);
  if (d.residual.rank != 0) {
    d.residual.type = byte();
    d.residual_quantization = random_quantization(d.residual.type, random);
    chain.r = make_values(d.residual, kind, random);
  }
  Quantization outputs[max_chain_pools];
  for (int i = 0; i < d.pool_count; ++i) {
    ChainPool& p = d.pools[i];
    make_finite(chain.after[i]);
    if (p.pool.op == PoolOp::lp) p.pool.op = PoolOp::max;
    p.pool.rounding = rounding();
    p.pool.src_quantization = p.of >= 0 ? outputs[p.of] : chain.maps() ? d.intermediate_quantization : d.src_quantization;
    p.pool.dst_quantization =
        p.pool.op == PoolOp::average && random.chance(60) ? random_quantization(t, random) : p.pool.src_quantization;
    outputs[i] = p.pool.dst_quantization;
    if (chain.follows(i)) outputs[i] = p.after_quantization = random_quantization(t, random);
  }
  return chain;
}

template <class T>
std::string difference(const ChainOutputsOf<T>& got, const ChainOutputsOf<T>& expected) {
  std::string d;
  if (!expected.intermediate.dims.empty()) d = difference(got.intermediate, expected.intermediate);
  if (d != "") return "intermediate: " + d;
  for (std::size_t i = 0; i < expected.dst.size(); ++i) {
    d = difference(got.dst[i], expected.dst[i]);
    if (d != "") return "dst[" + std::to_string(i) + "]: " + d;
  }
  return "";
}

template <class T>
void check_chain(const ChainCaseOf<T>& chain, How how, Alias intermediate) {
  INFO(chain.text());
  const ChainOutputsOf<T> expected = chain.expected();
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(chain.run(how, intermediate), expected) == "");
  });
}

template std::string difference(const ChainOutputsOf<float>&, const ChainOutputsOf<float>&);
template std::string difference(const ChainOutputsOf<double>&, const ChainOutputsOf<double>&);
template void check_chain(const ChainCaseOf<float>&, How, Alias);
template void check_chain(const ChainCaseOf<double>&, How, Alias);

}  // namespace poolnorm::tests
