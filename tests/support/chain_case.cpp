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

// The norm of `a`, an activation and a residual, by the reference.
template <class T>
DenseOf<T> mapped(const AffineValuesOf<T>& a, const Activation& activation, const DenseOf<T>& x, const TensorDesc& residual,
                  const DenseOf<T>* r, ElementType type) {
  const Affine affine = a.affine();
  TensorDesc shape = packed(Layout::nchw, x.dims);
  shape.type = type;
  if (a.form == Form::batch_norm) {
    BatchNormDesc d;
    d.src = shape;
    d.residual = residual;
    d.mean = affine.mean;
    d.variance = affine.variance;
    d.gamma = affine.gamma;
    d.beta = affine.beta;
    d.epsilon = affine.epsilon;
    d.activation = activation;
    return reference::batch_norm(d, x, r);
  }
  ScaleShiftDesc d;
  d.src = shape;
  d.residual = residual;
  d.scale = affine.scale;
  d.shift = affine.shift;
  d.activation = activation;
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
ChainOutputsOf<T> ChainCaseOf<T>::expected() const {
  ChainOutputsOf<T> out;
  const DenseOf<T>* residual = shapes.residual.rank == 0 ? nullptr : &r;
  const bool plain = shapes.activation.kind == ActivationKind::none;
  const bool same = before.form == Form::none && residual == nullptr && plain;
  const DenseOf<T> t = same ? x : mapped(before, shapes.activation, x, shapes.residual, residual, shapes.src.type);
  if (shapes.intermediate.rank != 0) out.intermediate = t;
  for (int i = 0; i < shapes.pool_count; ++i) {
    const ChainPool& p = shapes.pools[i];
    const DenseOf<T>& from = p.of < 0 ? t : out.dst[static_cast<std::size_t>(p.of)];
    PoolDesc pool = p.pool;
    pool.src = packed(Layout::nchw, from.dims);
    pool.src.type = shapes.src.type;
    DenseOf<T> y = reference::pool(pool, from);
    if (after[i].form != Form::none || p.activation.kind != ActivationKind::none) {
      y = mapped<T>(after[i], p.activation, y, {}, nullptr, shapes.src.type);
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
void ChainCaseOf<T>::set_shapes_type(ElementType type) {
  shapes.intermediate_type = type;
  for (TensorDesc* t : {&shapes.src, &shapes.residual, &shapes.intermediate}) {
    if (t->rank != 0) t->type = type;
  }
  for (int i = 0; i < shapes.pool_count; ++i) {
    if (shapes.pools[i].pool.dst.rank != 0) shapes.pools[i].pool.dst.type = type;
  }
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
  s << "chain " << name(shapes.src.type) << " src " << text_of(shapes.src) << " form " << static_cast<int>(before.form)
    << " residual " << text_of(shapes.residual) << " activation " << static_cast<int>(shapes.activation.kind)
    << " slope " << shapes.activation.slope << " intermediate " << text_of(shapes.intermediate);
  for (int i = 0; i < shapes.pool_count; ++i) {
    const ChainPool& p = shapes.pools[i];
    s << "\n  of " << p.of << ' ' << text_of(p.pool) << " form " << static_cast<int>(after[i].form) << " activation "
      << static_cast<int>(p.activation.kind);
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

ChainCase pools_of_bytes(ChainCase chain, ElementType type, Values kind, Random& random) {
  chain.set_shapes_type(type);
  chain.before = {};
  chain.shapes.activation = {};
  chain.shapes.residual = {};
  for (int i = 0; i < chain.shapes.pool_count; ++i) {
    ChainPool& p = chain.shapes.pools[i];
    chain.after[i] = {};
    p.activation = {};
    if (p.pool.op == PoolOp::lp) p.pool.op = PoolOp::max;
  }
  chain.x = make_values(chain.shapes.src, kind, random);
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
