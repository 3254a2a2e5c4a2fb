#include "random_checks.hpp"

#include <algorithm>
#include <type_traits>

#include "backward.hpp"
#include "chain_case.hpp"
#include "check.hpp"
#include "compare.hpp"
#include "element.hpp"
#include "excite.hpp"
#include "pool_indices.hpp"
#include "reference.hpp"
#include "reference_moments.hpp"
#include "response.hpp"
#include "response_backward.hpp"
#include "row_backward.hpp"
#include "row_norms.hpp"
#include "tensor.hpp"
#include "training.hpp"
#include "training_chain.hpp"

namespace poolnorm::tests {
namespace {

std::int64_t runs = 0;

template <class F>
void for_each_isa_and_canary(F f) {
  for (std::uint32_t value : canaries) {
    canary = value;
    for_each_isa([&](Isa isa) {
      ++runs;
      f(isa);
    });
  }
  canary = canaries[0];
}

Values random_kind(Random& random) { return static_cast<Values>(random.in(0, static_cast<int>(Values::count_) - 1)); }

// f(T, type): f32 twice as often as the others.
template <class F>
void with_type(Random& random, F f) {
  const auto type =
      random.pick({ElementType::f32, ElementType::f32, ElementType::f16, ElementType::bf16, ElementType::f64});
  type == ElementType::f64 ? f(double{}, type) : f(float{}, type);
}

// The shape of a request and the tensors it may have.
struct Shape {
  Shape(Random& r, ElementType type_, int least_spatial = 0) : random(r), type(type_) {
    const int spatial = static_cast<int>(r.in(least_spatial, 3));
    dims = random_dims(spatial, r);
    layout = spatial == 0 || dims[1] == 1 ? Layout::nchw : r.pick({Layout::nchw, Layout::nhwc});
  }
  // Without spatial elements channels are packed.
  TensorDesc tensor() const {
    TensorDesc t = product(dims) == dims[0] * dims[1] || random.chance(50) ? packed(layout, dims)
                                                                           : random_strides(layout, dims, random);
    t.type = type;
    return t;
  }
  TensorDesc tensor_or_none() const { return random.chance(50) ? TensorDesc{} : tensor(); }
  template <class T>
  DenseOf<T> values() const {
    const Values kind = random_kind(random);
    if constexpr (sizeof(T) == 8) return make_values64(dims, kind, random);
    if constexpr (sizeof(T) == 4) return make_values(packed(layout, dims, type), kind, random);
  }
  std::int64_t divisor_of_channels() const {
    std::int64_t groups = random.in(1, dims[1]);
    while (dims[1] % groups != 0) --groups;
    return groups;
  }

  Random& random;
  ElementType type;
  std::vector<std::int64_t> dims;
  Layout layout;
};

// Now and then, an input whose elements are several at once. Not one that an output may be.
template <class T>
void maybe_view(TensorDesc& t, DenseOf<T>& values, Random& random) {
  if (t.rank == 0 || !random.chance(3)) return;
  t = random_view(t, random);
  values = held(t, values);
}

template <class T>
void drop_some(std::vector<T>& parameter, Random& random) {
  if (random.chance(25)) parameter.clear();
}

// Of another power: the same bits everywhere, and of ordinary f32 near what long double gives.
template <class Values>
void check_pool_powers(PoolDesc desc, const Values& src, bool bounded, Random& random) {
  desc.p = random.pick({0.5, 1.25, 3.0, 4.0, 11.7});
  INFO("p ", desc.p);
  Values first;
  for_each_isa_and_canary([&](Isa isa) {
    const Values got = run_pool(desc, src, random_how(isa, product(src.dims), random));
    if (first.values.empty()) first = got;
    CHECK(difference(got, first) == "");
  });
  if constexpr (std::is_same_v<Values, Dense>) {
    if (!bounded || desc.src.type != ElementType::f32) return;
    const reference::Bounds b = reference::lp_bounds(desc, src);
    CHECK(difference(first, b.exact, b.bound) == "");
  }
}

template <class Values>
void check_pool_values(PoolDesc desc, Values src, bool bounded, Random& random) {
  maybe_view(desc.src, src, random);
  if (desc.op == PoolOp::lp && random.chance(30)) return check_pool_powers(desc, src, bounded, random);
  const Values expected = reference::pool(desc, src);
  for_each_isa_and_canary([&](Isa isa) {
    CHECK(difference(run_pool(desc, src, random_how(isa, product(src.dims), random)), expected) == "");
  });
}

// Rows as layer norm takes them, some apart.
TensorDesc rows_apart(const std::vector<std::int64_t>& dims, ElementType type, Random& random) {
  TensorDesc t = packed(Layout::nchw, dims, type);
  if (random.chance(50)) t.strides[0] += random.in(0, 9);
  return t;
}

// Elements that follow each other along an axis; tensors that are not given are in nobody's way.
bool runs_along(const TensorDesc& t, int axis) { return t.rank == 0 || t.dims[axis] == 1 || t.strides[axis] == 1; }

// What every plan asks of its tensors, the first of which is given.
bool share_a_walk(std::initializer_list<TensorDesc> tensors) {
  const TensorDesc& first = *tensors.begin();
  const auto all_run_along = [&](int axis) {
    return std::all_of(tensors.begin(), tensors.end(), [axis](const TensorDesc& t) { return runs_along(t, axis); });
  };
  return (first.dims[1] > 1 && all_run_along(1)) || all_run_along(first.rank - 1);
}

// A mask lies as src does, and so must all else.
bool lie_as_mask(bool mask, const TensorDesc& src, const TensorDesc& a, const TensorDesc& b) {
  return !mask || src.dims[1] == 1 || !runs_along(src, 1) || (runs_along(a, 1) && runs_along(b, 1));
}
bool lie_as_mask(const BatchNormTrainingDesc& d) { return lie_as_mask(d.mask, d.src, d.dst, d.residual); }

bool too_large_for_taps(IndexType type, const PoolDesc& pool) {
  return type == IndexType::u8 && reference::geometry(pool).window() > 255;
}

template <class Case, class... Where>
void check_case(const Case& c, Random& random, Where... where) {
  const auto expected = c.expected();
  for_each_isa_and_canary(
      [&](Isa isa) { CHECK(difference(c.run(random_how(isa, product(c.x.dims), random), where...), expected) == ""); });
}

}  // namespace

std::int64_t compared_runs() { return runs; }

void check_random_pool(Random& random) {
  const PoolDesc desc = random_typed_pool(random);
  INFO(text_of(desc));
  if (!reference::geometry(desc).legal) {
    CHECK(PoolPlan::make(desc).status.code == StatusCode::invalid_argument);
    return;
  }
  const Values kind = random_kind(random);
  const bool bounded = kind == Values::signed_uniform;
  if (desc.src.type == ElementType::f64) {
    check_pool_values(desc, make_values64(dims_of(desc.src), kind, random), bounded, random);
  } else {
    check_pool_values(desc, make_values(desc.src, kind, random), bounded, random);
  }
}

void check_random_indices(Random& random) {
  MaxIndicesDesc desc;
  desc.pool = random_pool(random);
  desc.pool.op = PoolOp::max;
  if (random.chance(50)) desc.pool.src.type = desc.pool.dst.type = element_types[random.in(0, 5)];
  desc.index_type = index_types[random.in(0, 2)];
  const std::vector<Counting> ways = countings(desc.index_type);
  const Counting& way = ways[random.in(0, static_cast<std::int64_t>(ways.size()) - 1)];
  desc.index_order = way.order;
  desc.index_scope = way.scope;
  INFO(text_of(desc.pool), " index_type ", static_cast<int>(desc.index_type), " order ", static_cast<int>(way.order),
       " scope ", static_cast<int>(way.scope));
  if (!reference::geometry(desc.pool).legal) {
    CHECK(MaxIndicesPlan::make(desc).status.code == StatusCode::invalid_argument);
    return;
  }
  if (random.chance(50)) {
    const TensorDesc dst = pool_output(desc.pool).value;
    desc.indices =
        random_strides(dst.strides[1] == 1 && dst.dims[1] > 1 ? Layout::nhwc : Layout::nchw, dims_of(dst), random);
  }
  const Result<MaxIndicesPlan> plan = MaxIndicesPlan::make(desc);
  const bool refused = too_large_for_taps(desc.index_type, desc.pool);
  CHECK_MESSAGE(plan.status.code == (refused ? StatusCode::invalid_argument : StatusCode::ok), message_of(plan));
  if (!plan.ok()) return;
  const bool has_gradient = desc.pool.src.type != ElementType::s8 && desc.pool.src.type != ElementType::u8;
  with_values(desc.pool.src, random_kind(random), random, [&](const auto& src) {
    const auto expected = reference::max_indices(desc, src);
    for_each_isa_and_canary([&](Isa isa) {
      const How how = random_how(isa, desc.pool.src.elements(), random);
      const auto got = run_max_indices(desc, src, how);
      CHECK(difference(got.dst, expected.dst) == "");
      CHECK(difference(got.indices, expected.indices) == "");
      for (bool add : {true, false}) {
        if (add && !has_gradient) continue;
        std::int64_t skipped = -1, expected_skipped = 0;
        const auto back = reference::scatter(desc, add, expected.dst, expected.indices, expected_skipped);
        CHECK(difference(run_scatter(desc, add, expected.dst, expected.indices, how, skipped), back) == "");
        CHECK(skipped == expected_skipped);
      }
    });
  });
}

template <class D>
void check_power_backward(const PoolDesc& desc, const D& x, const D& gradient, Values kind, Random& random) {
  const D y = run_pool(desc, x, {});
  D first;
  for_each_isa_and_canary([&](Isa isa) {
    const D got = run_lp_backward(desc, x, y, gradient, random_how(isa, desc.src.elements(), random));
    if (first.values.empty()) first = got;
    CHECK(difference(got, first) == "");
  });
  if (desc.src.type != ElementType::f32 || kind == Values::special) return;
  const reference::Bounds b = reference::power_backward_bounds(desc, x, y, gradient);
  CHECK(difference(first, b.exact, b.bound) == "");
}

void check_random_pool_backward(Random& random) {
  PoolDesc desc = random_pool(random);
  desc.op = random.pick({PoolOp::average, PoolOp::average, PoolOp::lp});
  desc.p = random.pick({1.0, 2.0, 2.0, 3.0, 0.6});
  if (random.chance(50)) desc.src.type = desc.dst.type = element_types[random.in(0, 3)];
  if (desc.divisor == Divisor::fixed && desc.divisor_override < 1) desc.divisor_override = 3;
  INFO(text_of(desc));
  if (!reference::geometry(desc).legal) {
    const Status status =
        desc.op == PoolOp::lp ? LpPoolBackwardPlan::make(desc).status : AveragePoolBackwardPlan::make(desc).status;
    CHECK(status.code == StatusCode::invalid_argument);
    return;
  }
  TensorDesc dst = packed(Layout::nchw, reference::geometry(desc).output_dims(desc.src));
  dst.type = desc.src.type;
  const Values kind = random_kind(random);
  with_values(desc.src, kind, random, [&](auto x) {
    const auto gradient = values_like(x, dst, kind, random);
    const bool is_lp = desc.op == PoolOp::lp;
    if (is_lp && desc.p != 1 && desc.p != 2) return check_power_backward(desc, x, gradient, kind, random);
    const auto y = is_lp ? reference::pool(desc, x) : gradient;
    const auto expected =
        is_lp ? reference::lp_backward(desc, x, y, gradient) : reference::average_backward(desc, gradient);
    for_each_isa_and_canary([&](Isa isa) {
      const How how = random_how(isa, desc.src.elements(), random);
      const auto got = is_lp ? run_lp_backward(desc, x, y, gradient, how) : run_average_backward(desc, gradient, how);
      CHECK(difference(got, expected) == "");
    });
  });
}

void check_random_norm(Random& random) {
  NormCase norm = random_norm(random);
  const auto byte = [&random] { return random.pick({ElementType::s8, ElementType::u8}); };
  if (random.chance(30)) {
    norm.quantize(byte(), byte(), random_kind(random), random);
  } else if (random.chance(50)) {
    norm.set_type(random.pick({ElementType::f16, ElementType::bf16, ElementType::f64}));
  }
  if (norm.dst.rank != 0) {
    const bool wide = norm.src.type == ElementType::f64;
    wide ? maybe_view(norm.src, norm.wide_x, random) : maybe_view(norm.src, norm.x, random);
    wide ? maybe_view(norm.residual, norm.wide_r, random) : maybe_view(norm.residual, norm.r, random);
  }
  INFO(norm.text());
  const auto may_alias = [&](const TensorDesc& t) {
    return norm.dst.rank == 0 && t.rank != 0 && text_of(t) == text_of(norm.src);
  };
  for_each_isa_and_canary([&](Isa isa) {
    Alias alias = Alias::none;
    if (random.chance(30) && may_alias(norm.src)) alias = Alias::src;
    if (random.chance(20) && may_alias(norm.residual)) alias = Alias::residual;
    CHECK(norm.difference_of_run(random_how(isa, product(norm.x.dims), random), alias) == "");
  });
}

template <class T>
void check_excite_of(ElementType type, Random& random) {
  const Shape shape(random, type);
  ExciteCaseOf<T> c;
  c.desc.src = shape.tensor();
  c.desc.dst = shape.tensor_or_none();
  c.desc.activation = random_activation(random);
  c.x = shape.template values<T>();
  if (random.chance(40)) {
    c.desc.residual = shape.tensor();
    c.r = shape.template values<T>();
  }
  if (c.desc.dst.rank != 0) {
    maybe_view(c.desc.src, c.x, random);
    maybe_view(c.desc.residual, c.r, random);
  }
  c.scale = make_parameter<T>(shape.dims[0] * shape.dims[1], -2, 2, random);
  INFO("excite ", std::string(poolnorm::name(type)), " ", text_of(c.desc.src), " dst ", text_of(c.desc.dst), " residual ",
       text_of(c.desc.residual), " activation ", static_cast<int>(c.desc.activation.kind));
  const auto may_be = [&](const TensorDesc& t) { return c.desc.dst.rank == 0 && text_of(t) == text_of(c.desc.src) && random.chance(30); };
  const Alias alias = may_be(c.desc.src) ? Alias::src : may_be(c.desc.residual) ? Alias::residual : Alias::none;
  check_case(c, random, alias);
}
void check_random_excite(Random& random) {
  with_type(random, [&]<class T>(T, ElementType type) { check_excite_of<T>(type, random); });
}

template <class T>
void check_chain_of(ChainCaseOf<T> chain, Random& random) {
  maybe_view(chain.shapes.src, chain.x, random);
  INFO(chain.text());
  const ChainOutputsOf<T> expected = chain.expected();
  const auto may_be = [&](const TensorDesc& t) {
    return t.rank != 0 && text_of(chain.shapes.intermediate) == text_of(t) && random.chance(50);
  };
  const Alias intermediate = may_be(chain.shapes.src)        ? Alias::src
                             : may_be(chain.shapes.residual) ? Alias::residual
                                                             : Alias::none;
  for_each_isa_and_canary([&](Isa isa) {
    CHECK(difference(chain.run(random_how(isa, product(chain.x.dims), random), intermediate), expected) == "");
  });
}
void check_random_chain(Random& random) {
  ChainCase chain = random_chain(random);
  switch (random.in(0, 6)) {
    case 0:
    case 1:
    case 2: return check_chain_of(chain, random);
    case 3: return check_chain_of(finer(chain, random), random);
    case 4: return check_chain_of(quantized(std::move(chain), random_kind(random), random), random);
    default: chain.set_type(random.pick({ElementType::f16, ElementType::bf16})); return check_chain_of(chain, random);
  }
}

float random_epsilon(Random& random) { return random.pick({1e-5f, 1e-5f, 1e-5f, 1e-3f, 1.0f, 0.0f}); }

// A batch norm in training, in whatever is not its tensors' shapes.
template <class T>
TrainingCaseOf<T> random_training_case(const Shape& shape) {
  Random& random = shape.random;
  TrainingCaseOf<T> c = training_case(shape.tensor(), shape.template values<T>(), random.next());
  for (auto* p : {&c.gamma, &c.beta, &c.running_mean, &c.running_variance}) drop_some(*p, random);
  c.desc.dst = shape.tensor_or_none();
  if (random.chance(40)) {
    c.desc.residual = shape.tensor();
    c.r = shape.template values<T>();
  }
  c.desc.activation = random_activation(random);
  c.desc.mask = c.desc.activation.kind == ActivationKind::relu && random.chance(70);
  c.desc.epsilon = random_epsilon(random);
  c.desc.unbiased_variance = product(shape.dims) > shape.dims[1] && random.chance(70);
  c.desc.momentum = random.pick({0.1f, 0.0f, 1.0f, 0.3f});
  c.desc.cumulative = random.chance(20);
  c.batches_tracked = random.in(0, 9);
  if (c.desc.dst.rank != 0) {
    maybe_view(c.desc.src, c.x, random);
    maybe_view(c.desc.residual, c.r, random);
  }
  return c;
}

std::string text_of(const BatchNormTrainingDesc& d) {
  return std::string(poolnorm::name(d.src.type)) + ' ' + text_of(d.src) + " dst " + text_of(d.dst) + " residual " + text_of(d.residual);
}

template <class T>
void check_training_of(ElementType type, Random& random) {
  const TrainingCaseOf<T> c = random_training_case<T>(Shape(random, type));
  INFO(text_of(c.desc));
  if (!lie_as_mask(c.desc)) {
    CHECK(BatchNormTrainingPlan::make(c.desc).status.code == StatusCode::unsupported);
    return;
  }
  check_case(c, random, c.desc.dst.rank == 0 && random.chance(30) ? Alias::src : Alias::none);
}
void check_random_training(Random& random) {
  with_type(random, [&]<class T>(T, ElementType type) { check_training_of<T>(type, random); });
}

// Parts of a power of two of leaves each, a shorter one last, have the bits of the whole; others those of their own tree.
template <class T>
void check_training_in_parts_of(ElementType type, Random& random) {
  Shape shape(random, type);
  const std::int64_t image = product(shape.dims) / shape.dims[0], leaf = reference::images_per_leaf(image / shape.dims[1]);
  shape.dims[0] = random.in(1, std::clamp<std::int64_t>(8000 / image, 1, 200));
  const TrainingCaseOf<T> c = random_training_case<T>(shape);
  const bool whole = random.chance(60);
  std::vector<std::int64_t> parts;
  for (std::int64_t left = shape.dims[0], size = leaf << random.in(0, 2); left > 0; left -= parts.back()) {
    parts.push_back(std::min(left, whole ? size : random.in(0, 1 + left / 2)));
  }
  INFO(text_of(c.desc), " in parts of ", dims_text(parts));
  if (!lie_as_mask(c.desc)) return;
  const Alias alias = c.desc.dst.rank == 0 && random.chance(30) ? Alias::src : Alias::none;
  const TrainingResultOf<T> expected = whole ? c.expected() : c.expected(parts);
  for_each_isa_and_canary([&](Isa isa) {
    CHECK(difference(c.run_in_parts(parts, random_how(isa, product(shape.dims), random), alias), expected) == "");
  });
}
void check_random_training_in_parts(Random& random) {
  with_type(random, [&]<class T>(T, ElementType type) { check_training_in_parts_of<T>(type, random); });
}

template <class T>
StatusCode code_of(const TrainingChainCaseOf<T>& c) {
  const BatchNormTrainingDesc& norm = c.norm.desc;
  PoolDesc pool = c.pool;
  pool.src = norm.src;
  if (c.with_indices && too_large_for_taps(c.index_type, pool)) return StatusCode::invalid_argument;
  const TensorDesc dst = pool_output(pool).value;
  const bool fit = lie_as_mask(norm) && lie_as_mask(norm.mask, norm.src, dst, c.indices) &&
                   share_a_walk({norm.src, norm.dst, norm.residual, dst, c.indices});
  return fit ? StatusCode::ok : StatusCode::unsupported;
}

// Whether there is a way back; no other refusal than that of a mask.
template <class T>
bool goes_back(const TrainingChainCaseOf<T>& c) {
  if (!c.has_gradient()) return false;
  const bool fit = lie_as_mask(c.norm.desc.mask, c.norm.desc.src, c.grad_src, c.grad_residual);
  const Result<TrainingChainBackwardPlan> plan = TrainingChainBackwardPlan::make(c.backward_desc());
  CHECK_MESSAGE(plan.status.code == (fit ? StatusCode::ok : StatusCode::unsupported), message_of(plan));
  return plan.ok();
}

template <class T>
void check_training_chain_of(ElementType type, Random& random) {
  const Shape shape(random, type, 1);
  const TensorDesc src = shape.tensor();
  TrainingChainCaseOf<T> c =
      training_chain_case(src, random_pool_of(src, shape.layout, random), shape.template values<T>(), random.next());
  c.pool.dst.type = type;
  c.with_indices = c.with_indices && random.chance(80);
  c.index_type = index_types[random.in(0, 2)];
  if (c.with_indices && random.chance(30)) {
    PoolDesc pool = c.pool;
    pool.src = src;
    c.indices = random_strides(shape.layout, dims_of(pool_output(pool).value), random);
  }
  for (auto* p : {&c.norm.gamma, &c.norm.beta, &c.norm.running_mean, &c.norm.running_variance}) drop_some(*p, random);
  if (random.chance(40)) c.norm.desc.dst = shape.tensor();
  if (random.chance(40)) {
    c.norm.desc.residual = shape.tensor();
    c.norm.r = shape.template values<T>();
  }
  c.norm.desc.activation = random_activation(random);
  c.norm.desc.mask = c.norm.desc.activation.kind == ActivationKind::relu && random.chance(70);
  c.norm.desc.epsilon = random_epsilon(random);
  c.norm.desc.unbiased_variance = product(shape.dims) > shape.dims[1];
  c.grad_src = shape.tensor_or_none();
  c.grad_residual = shape.tensor_or_none();
  c.training = random.chance(70);
  INFO(std::string(poolnorm::name(type)), " ", text_of(src), " t ", text_of(c.norm.desc.dst), " residual ",
       text_of(c.norm.desc.residual), " pool ", text_of(c.pool), " index_type ", static_cast<int>(c.index_type),
       " mask ", c.norm.desc.mask, " grad_src ", text_of(c.grad_src), " grad_residual ", text_of(c.grad_residual));
  const Result<TrainingChainPlan> plan = TrainingChainPlan::make(c.desc());
  CHECK_MESSAGE(plan.status.code == code_of(c), message_of(plan));
  if (!plan.ok()) return;
  const TrainingChainResultOf<T> expected = c.expected();
  const bool back = goes_back(c);
  const TrainingChainGradientsOf<T> gradients = back ? c.expected_gradients(expected) : TrainingChainGradientsOf<T>();
  const bool in_place = text_of(c.norm.desc.dst) == text_of(src) && random.chance(50);
  for_each_isa_and_canary([&](Isa isa) {
    const How how = random_how(isa, product(shape.dims), random);
    CHECK(difference(c.run(how, in_place ? Alias::src : Alias::none), expected) == "");
    if (back) CHECK(difference(c.run_back(expected, how), gradients) == "");
  });
}
void check_random_training_chain(Random& random) {
  with_type(random, [&]<class T>(T, ElementType type) { check_training_chain_of<T>(type, random); });
}

template <class T>
void check_layer_norm_of(ElementType type, Random& random) {
  const Shape shape(random, type);
  LayerNormCaseOf<T> c;
  c.desc.src = rows_apart(shape.dims, type, random);
  c.x = shape.template values<T>();
  c.desc.axis = static_cast<int>(random.in(1, c.desc.src.rank - 1));
  c.desc.statistics = random.pick({RowStatistics::mean_and_variance, RowStatistics::mean_square});
  c.desc.epsilon = random_epsilon(random);
  if (random.chance(50)) c.desc.dst = rows_apart(shape.dims, type, random);
  if (random.chance(40)) {
    c.desc.residual = rows_apart(shape.dims, type, random);
    c.r = shape.template values<T>();
    if (random.chance(50)) c.desc.sum = rows_apart(shape.dims, type, random);
  }
  std::int64_t width = 1;
  for (int i = c.desc.axis; i < c.desc.src.rank; ++i) width *= c.desc.src.dims[i];
  c.gamma = make_parameter<T>(width, -2, 2, random);
  c.beta = make_parameter<T>(width, -1, 1, random);
  for (auto* p : {&c.gamma, &c.beta}) drop_some(*p, random);
  INFO(std::string(poolnorm::name(type)), " ", text_of(c.desc.src), " dst ", text_of(c.desc.dst), " axis ", c.desc.axis,
       " statistics ", static_cast<int>(c.desc.statistics));
  const Alias y = c.desc.dst.rank == 0 && random.chance(30) ? Alias::src : Alias::none;
  const auto may_be = [&](const TensorDesc& t) {
    return c.desc.sum.rank != 0 && text_of(c.desc.sum) == text_of(t) && random.chance(40);
  };
  Alias sum = Alias::none;
  if (may_be(c.desc.residual)) sum = Alias::residual;
  if (y != Alias::src && may_be(c.desc.src)) sum = Alias::src;
  check_case(c, random, y, sum);
}
void check_random_layer_norm(Random& random) {
  with_type(random, [&]<class T>(T, ElementType type) { check_layer_norm_of<T>(type, random); });
}

template <class T>
void check_group_norm_of(ElementType type, Random& random) {
  const Shape shape(random, type);
  GroupNormCaseOf<T> c;
  c.desc.src = shape.tensor();
  c.desc.dst = shape.tensor_or_none();
  c.desc.groups = shape.divisor_of_channels();
  c.desc.epsilon = random_epsilon(random);
  c.x = shape.template values<T>();
  c.gamma = make_parameter<T>(shape.dims[1], -2, 2, random);
  c.beta = make_parameter<T>(shape.dims[1], -1, 1, random);
  for (auto* p : {&c.gamma, &c.beta}) drop_some(*p, random);
  INFO(std::string(poolnorm::name(type)), " ", text_of(c.desc.src), " dst ", text_of(c.desc.dst), " groups ",
       c.desc.groups);
  check_case(c, random, c.desc.dst.rank == 0 && random.chance(30) ? Alias::src : Alias::none);
}
void check_random_group_norm(Random& random) {
  with_type(random, [&]<class T>(T, ElementType type) { check_group_norm_of<T>(type, random); });
}

// Local response norm, forward or back.
template <class Desc>
void pick_numbers(Desc& d, Random& random) {
  d.size = random.chance(90) ? random.in(1, 9) : random.in(1, 200);
  d.window = random.pick({ResponseWindow::lower, ResponseWindow::upper});
  d.alpha = random.pick({1e-4, 0.0, 0.7, 30.0});
  d.beta = random.pick({0.75, 0.5, 1.0, 3.3});
  d.k = random.pick({1.0, 2.0, 0.01});
}

// The same bits on every ISA; of f32 within the stated bound.
template <class Case>
void check_bounded(const Case& c, Alias alias, Random& random) {
  decltype(c.run({})) first;
  for_each_isa_and_canary([&](Isa isa) {
    const auto got = c.run(random_how(isa, product(c.x.dims), random), alias);
    if (first.values.empty()) first = got;
    CHECK(difference(got, first) == "");
  });
  if (c.desc.src.type != ElementType::f32) return;
  const reference::Bounds b = c.bounds();
  CHECK(difference(first, b.exact, b.bound) == "");
}

template <class T>
void check_response_of(ElementType type, Random& random) {
  const Shape shape(random, type);
  ResponseCaseOf<T> c;
  c.desc.src = shape.tensor();
  c.desc.dst = shape.tensor_or_none();
  pick_numbers(c.desc, random);
  c.x = shape.template values<T>();
  if (c.desc.dst.rank != 0) maybe_view(c.desc.src, c.x, random);
  INFO(text_of(c.desc));
  const Alias alias = c.desc.dst.rank == 0 && random.chance(30) ? Alias::src : Alias::none;
  check_bounded(c, alias, random);
}
void check_random_response(Random& random) {
  with_type(random, [&]<class T>(T, ElementType type) { check_response_of<T>(type, random); });
}

template <class T>
void check_response_backward_of(ElementType type, Random& random) {
  const Shape shape(random, type);
  ResponseBackwardCaseOf<T> c;
  c.desc.src = shape.tensor();
  c.desc.grad_dst = shape.tensor_or_none();
  c.desc.grad_src = shape.tensor_or_none();
  pick_numbers(c.desc, random);
  c.x = shape.template values<T>();
  c.dy = shape.template values<T>();
  if (c.desc.grad_dst.rank != 0 && c.desc.grad_src.rank != 0) {
    maybe_view(c.desc.src, c.x, random);
    maybe_view(c.desc.grad_dst, c.dy, random);
  }
  INFO(text_of(c.desc));
  Alias alias = Alias::none;
  if (c.desc.grad_src.rank == 0 && random.chance(30)) {
    alias = c.desc.grad_dst.rank == 0 && random.chance(50) ? Alias::residual : Alias::src;
  }
  check_bounded(c, alias, random);
}
void check_random_response_backward(Random& random) {
  with_type(random, [&]<class T>(T, ElementType type) { check_response_backward_of<T>(type, random); });
}

template <class T>
void check_backward_of(ElementType type, Random& random) {
  const Shape shape(random, type);
  const std::int64_t groups = random.chance(50) ? 0 : shape.divisor_of_channels();
  BackwardCaseOf<T> c = backward_case(shape.tensor(), shape.template values<T>(), groups, random.next());
  c.training = groups != 0 || random.chance(70);
  c.grad_dst = shape.tensor_or_none();
  c.grad_src = shape.tensor_or_none();
  for (auto* p : {&c.gamma, &c.mean_low}) drop_some(*p, random);
  if (groups == 0 && random.chance(40)) {
    c.passed.resize(c.x.values.size());
    for (std::size_t i = 0; i < c.passed.size(); ++i) c.passed[i] = random.chance(60);
    c.grad_residual = shape.tensor_or_none();
  }
  if (c.grad_dst.rank != 0 && c.grad_src.rank != 0) {
    maybe_view(c.src, c.x, random);
    if (text_of(c.grad_residual) != text_of(c.grad_dst)) maybe_view(c.grad_dst, c.dy, random);
  }
  const TensorDesc& dy = c.grad_dst.rank == 0 ? c.src : c.grad_dst;
  GradDst place = GradDst::none;
  if (text_of(c.grad_residual) == text_of(dy) && random.chance(40)) place = GradDst::grad_residual;
  if (c.grad_dst.rank == 0 && c.grad_src.rank == 0 && random.chance(30)) place = GradDst::grad_src;
  INFO(std::string(poolnorm::name(type)), " ", text_of(c.src), " grad_dst ", text_of(c.grad_dst), " grad_src ",
       text_of(c.grad_src), " groups ", groups, " training ", c.training);
  const bool masked = !c.passed.empty();
  if (!lie_as_mask(masked, c.src, c.grad_src, c.grad_residual) || !lie_as_mask(masked, c.src, c.grad_dst, c.grad_dst)) {
    BatchNormBackwardDesc desc{c.src, c.grad_dst, c.grad_src, c.grad_residual, c.training, 1e-5f, masked};
    CHECK(BatchNormBackwardPlan::make(desc).status.code == StatusCode::unsupported);
    return;
  }
  check_case(c, random, place);
}
void check_random_backward(Random& random) {
  with_type(random, [&]<class T>(T, ElementType type) { check_backward_of<T>(type, random); });
}

template <class T>
void check_row_backward_of(ElementType type, Random& random) {
  const Shape shape(random, type);
  const int axis = static_cast<int>(random.in(1, static_cast<std::int64_t>(shape.dims.size()) - 1));
  RowBackwardCaseOf<T> c = row_backward_case<T>(rows_apart(shape.dims, type, random), axis, random.chance(60));
  c.x = shape.template values<T>();
  c.dy = shape.template values<T>();
  c.parameters = random.chance(70);
  if (random.chance(50)) c.desc.grad_dst = rows_apart(shape.dims, type, random);
  if (random.chance(50)) c.desc.grad_src = rows_apart(shape.dims, type, random);
  if (random.chance(40)) {
    c.desc.grad_sum = rows_apart(shape.dims, type, random);
    c.ds = shape.template values<T>();
  }
  for (auto* p : {&c.gamma, &c.mean_low}) drop_some(*p, random);
  const auto in_place = [&](const TensorDesc& t) {
    return random.chance(30) && c.desc.grad_src.rank == 0 && text_of(t) == text_of(c.desc.src);
  };
  RowBackwardPlace place = RowBackwardPlace::own;
  if (in_place(c.desc.grad_sum)) place = RowBackwardPlace::grad_sum;
  if (in_place(c.desc.grad_dst.rank == 0 ? c.desc.src : c.desc.grad_dst)) place = RowBackwardPlace::grad_dst;
  INFO(std::string(poolnorm::name(type)), " ", text_of(c.desc.src), " grad_dst ", text_of(c.desc.grad_dst),
       " grad_sum ", text_of(c.desc.grad_sum), " grad_src ", text_of(c.desc.grad_src), " axis ", axis);
  check_case(c, random, place);
}
void check_random_row_backward(Random& random) {
  with_type(random, [&]<class T>(T, ElementType type) { check_row_backward_of<T>(type, random); });
}

}  // namespace poolnorm::tests
