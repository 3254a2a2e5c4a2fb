// The same bits for every ISA, layout, number of workers, order of tasks, alignment and position in the
// batch. golden/bits.txt keeps the SHA-256 sums (NaN canonicalised, N C D H W order) of what the
// reference says; POOLNORM_WRITE_GOLDEN=1 writes them anew.
#include "support/doctest.hpp"

#include <algorithm>
#include <functional>

#include "support/bits_file.hpp"
#include "support/chain_case.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/excite.hpp"
#include "support/executors.hpp"
#include "support/reference.hpp"
#include "support/sha256.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// A request that can be made in either layout, with a batch of any images.
struct BitsCase {
  std::string name;
  Dense src;
  std::function<Dense(Layout, const Dense&)> expected;
  std::function<Dense(Layout, const Dense&, const How&)> run;
};

using Dims = std::vector<std::int64_t>;

std::string case_name(const char* what, const Dims& dims, Values kind) {
  static const char* const names[] = {"signed", "relu", "integers", "wide", "cancelling", "special"};
  return std::string(what) + " " + dims_text(dims) + " " + names[static_cast<int>(kind)];
}

BitsCase pool_case(const char* what, PoolDesc desc, const Dims& dims, Values kind, ElementType type = ElementType::f32) {
  const auto at = [desc, type](Layout layout, const Dense& src) {
    PoolDesc d = desc;
    d.src = packed(layout, src.dims, type);
    return d;
  };
  Random random(42);
  return {case_name(what, dims, kind), make_values(packed(Layout::nchw, dims, type), kind, random),
          [at](Layout layout, const Dense& src) { return reference::pool(at(layout, src), src); },
          [at](Layout layout, const Dense& src, const How& how) { return run_pool(at(layout, src), src, how); }};
}

BitsCase norm_bits(const char* what, const Activation& activation, bool explicit_form, bool residual, const Dims& dims,
                   Values kind) {
  const auto at = [=](Layout layout, const Dense& src) {
    NormCase norm = norm_case(packed(layout, dims), kind, 43);
    norm.explicit_form = explicit_form;
    norm.activation = activation;
    norm.x = src;
    norm.src = packed(layout, src.dims);
    if (residual) norm.residual = norm.src;
    norm.r = src;
    return norm;
  };
  return {case_name(what, dims, kind), make_values(dims, kind, 44),
          [at](Layout layout, const Dense& src) { return at(layout, src).expected(); },
          [at](Layout layout, const Dense& src, const How& how) { return at(layout, src).run(how); }};
}

// From u8 to s8, with a residual of u8.
BitsCase quantized_norm_bits(const char* what, const Activation& activation, Rounding rounding, const Dims& dims) {
  const auto at = [=](Layout layout, const Dense& src) {
    NormCase norm = norm_case(packed(layout, dims), Values::signed_uniform, 43);
    norm.activation = activation;
    norm.rounding = rounding;
    norm.x = norm.r = src;
    norm.src = norm.residual = packed(layout, src.dims, ElementType::u8);
    norm.dst = packed(layout, src.dims, ElementType::s8);
    norm.src_quantization = {0.05f, 100};
    norm.dst_quantization = {0.03f, -7};
    norm.residual_quantization = {0.01f, 128};
    return norm;
  };
  Random random(44);
  return {case_name(what, dims, Values::signed_uniform),
          make_values(packed(Layout::nchw, dims, ElementType::u8), Values::signed_uniform, random),
          [at](Layout layout, const Dense& src) { return at(layout, src).expected(); },
          [at](Layout layout, const Dense& src, const How& how) { return at(layout, src).run(how); }};
}

// The last output of a chain of a batch norm, perhaps + src, an activation and some pools.
template <class AddPools>
BitsCase chain_bits(const char* what, const Activation& activation, bool residual, AddPools add_pools, const Dims& dims,
                    Values kind) {
  const auto at = [=](Layout layout, const Dense& src) {
    const NormCase norm = norm_case(packed(layout, dims), kind, 43);
    ChainCase c;
    c.before.form = AffineForm::batch_norm;
    std::copy(std::begin(norm.parameters), std::end(norm.parameters), c.before.values);
    c.shapes.src = packed(layout, src.dims);
    c.shapes.activation = activation;
    if (residual) c.shapes.residual = c.shapes.src;
    c.x = c.r = src;
    add_pools(c.shapes);
    return c;
  };
  return {case_name(what, dims, kind), make_values(dims, kind, 45),
          [at](Layout layout, const Dense& src) { return at(layout, src).expected().dst.back(); },
          [at](Layout layout, const Dense& src, const How& how) { return at(layout, src).run(how).dst.back(); }};
}

// From u8 with a residual of u8 to a t of s8: the last output of an average in another quantisation and a max, behind which
// stands an activation. Without the residual both pools are maxima, whose norm may follow them.
BitsCase quantized_chain_bits(const char* what, bool residual, const Dims& dims) {
  const auto at = [=](Layout layout, const Dense& src) {
    const NormCase norm = norm_case(packed(layout, dims), Values::signed_uniform, 43);
    ChainCase c;
    c.before.form = AffineForm::batch_norm;
    std::copy(std::begin(norm.parameters), std::end(norm.parameters), c.before.values);
    ChainDesc& d = c.shapes;
    d.src = packed(layout, src.dims, ElementType::u8);
    d.intermediate_type = residual ? ElementType::s8 : ElementType::u8;
    d.src_quantization = {0.05f, 100};
    d.intermediate_quantization = {0.03f, 7};
    if (residual) d.residual = d.src;
    d.residual_quantization = {0.01f, 128};
    d.activation = relu();
    c.x = c.r = src;
    d.add(residual ? PoolOp::average : PoolOp::max, Window(3, 2, 1));
    d.add(PoolOp::max, Window(2));
    for (ChainPool& p : d.pools) p.pool.src_quantization = p.pool.dst_quantization = d.intermediate_quantization;
    if (residual) d.pools[0].pool.dst_quantization = d.pools[1].pool.src_quantization = d.pools[1].pool.dst_quantization = {0.02f, -9};
    d.pools[1].of = residual ? 0 : -1;
    d.pools[1].activation = hard_swish();
    d.pools[1].after_quantization = {0.01f, 3};
    return c;
  };
  Random random(45);
  return {case_name(what, dims, Values::signed_uniform),
          make_values(packed(Layout::nchw, dims, ElementType::u8), Values::signed_uniform, random),
          [at](Layout layout, const Dense& src) { return at(layout, src).expected().dst.back(); },
          [at](Layout layout, const Dense& src, const How& how) { return at(layout, src).run(how).dst.back(); }};
}

// The same scales for every image.
BitsCase excite_bits(const char* what, const Dims& dims, Values kind) {
  const auto at = [=](Layout layout, const Dense& src) {
    Random random(46);
    const std::vector<float> scale = make_parameter(dims[1], -2, 2, random);
    ExciteCaseOf<float> c;
    c.desc.src = c.desc.residual = packed(layout, src.dims);
    c.desc.activation = relu();
    c.x = c.r = src;
    for (std::int64_t n = 0; n < src.dims[0]; ++n) c.scale.insert(c.scale.end(), scale.begin(), scale.end());
    return c;
  };
  return {case_name(what, dims, kind), make_values(dims, kind, 47),
          [at](Layout layout, const Dense& src) { return at(layout, src).expected(); },
          [at](Layout layout, const Dense& src, const How& how) { return at(layout, src).run(how); }};
}

void add_chains(std::vector<BitsCase>& cases, const Dims& dims) {
  const Values kind = Values::wide;
  cases.push_back(chain_bits("chain relu max 3x3 s2 p1", relu(), false,
                             [](ChainDesc& d) { d.add(PoolOp::max, Window(3, 2, 1)); }, dims, kind));
  cases.push_back(chain_bits("chain hard swish average 2x2", hard_swish(), false,
                             [](ChainDesc& d) { d.add(PoolOp::average, Window(2)); }, dims, kind));
  cases.push_back(chain_bits("chain residual relu global average", relu(), true,
                             [](ChainDesc& d) { d.add_global(PoolOp::average); }, dims, kind));
  cases.push_back(chain_bits("chain relu average 3x3 s1 p1, max 5x5 s1 p2 of it", relu(), false,
                             [](ChainDesc& d) {
                               d.add(PoolOp::average, Window(3, 1, 1));
                               d.add(PoolOp::max, Window(5, 1, 2)).of = 0;
                             },
                             dims, kind));
  cases.push_back(quantized_chain_bits("u8 s8 chain residual relu average 3x3 s2 p1, max 2x2 of it hard swish", true, dims));
  cases.push_back(quantized_chain_bits("u8 chain relu max 2x2 hard swish", false, dims));
  cases.push_back(excite_bits("excite residual relu", dims, kind));
}

PoolDesc quantized(PoolDesc desc, Quantization from, Quantization to) {
  desc.src_quantization = from;
  desc.dst_quantization = to;
  return desc;
}

PoolDesc with(PoolDesc desc, OutputSize size, Divisor divisor = Divisor::padded) {
  desc.output_size = size;
  desc.divisor = divisor;
  return desc;
}

std::vector<BitsCase> small_cases() {
  std::vector<BitsCase> cases;
  const Dims image = {2, 19, 13, 21};
  const auto add = [&](const char* what, PoolOp op, const Window& window, const Dims& dims, Values kind) {
    cases.push_back(pool_case(what, pool_desc(op, {}, window), dims, kind));
  };
  for (Values kind : {Values::signed_uniform, Values::after_relu, Values::wide, Values::cancelling, Values::special}) {
    add("max 3x3 s2 p1", PoolOp::max, Window(3, 2, 1), image, kind);
    add("min 2x2", PoolOp::min, Window(2), image, kind);
    add("average 3x3 s1 p1", PoolOp::average, Window(3, 1, 1), image, kind);
    add("average 9x8 s1 p4", PoolOp::average, Window({9, 8}, 1, 4), image, kind);
    cases.push_back(pool_case("global average", global_desc(PoolOp::average, {}), image, kind));
    cases.push_back(norm_bits("batch norm relu", relu(), false, false, image, kind));
    cases.push_back(norm_bits("scale shift hard swish residual", hard_swish(), true, true, image, kind));
  }
  const Values kind = Values::wide;
  add("max 5x5 s1 p2", PoolOp::max, Window(5, 1, 2), image, kind);
  add("max 13x13 s1 p6", PoolOp::max, Window(13, 1, 6), image, kind);
  add("max 3x3 s3 p2 d2", PoolOp::max, Window(3, 3, 2, 2), image, kind);
  add("average 3x3 s1 p2 d2", PoolOp::average, Window(3, 1, 2, 2), image, kind);
  add("average 2x2 s5", PoolOp::average, Window(2, 5), image, kind);
  add("average 1-D 5 s2 p2", PoolOp::average, Window(5, 2, 2), {3, 7, 101}, kind);
  add("average 1-D 70 s3", PoolOp::average, Window(70, 3), {3, 7, 101}, kind);
  add("max 3-D 3 s2 p1", PoolOp::max, Window(3, 2, 1), {1, 5, 6, 7, 19}, kind);
  add("average 3-D 5x4x4 s1", PoolOp::average, Window({5, 4, 4}, 1), {1, 5, 6, 7, 19}, kind);
  cases.push_back(pool_case("average 3x3 s2 p1 ceil valid",
                            with(pool_desc(PoolOp::average, {}, Window(3, 2, 1)), OutputSize::ceil, Divisor::valid),
                            image, kind));
  cases.push_back(pool_case(
      "average 4x4 s3 same full",
      with(pool_desc(PoolOp::average, {}, Window(4, 3)), OutputSize::same_upper, Divisor::full_kernel), image, kind));
  cases.push_back(pool_case("adaptive average 5x6", adaptive_desc(PoolOp::average, {}, {5, 6}), image, kind));
  cases.push_back(pool_case("adaptive max 2x3", adaptive_desc(PoolOp::max, {}, {2, 3}), image, kind));
  for (const double p : powers) {
    PoolDesc lp = pool_desc(PoolOp::lp, {}, Window(3, 2, 1));
    lp.p = p;
    cases.push_back(pool_case(p == 1   ? "lp1 3x3 s2 p1"
                              : p == 2 ? "lp2 3x3 s2 p1"
                                       : "lp_inf 3x3 s2 p1",
                              lp, image, kind));
    lp.window = Window(9, 1, 4);
    cases.push_back(pool_case(p == 1   ? "lp1 9x9 s1 p4"
                              : p == 2 ? "lp2 9x9 s1 p4"
                                       : "lp_inf 9x9 s1 p4",
                              lp, image, kind));
  }
  const Dims plane = {2, 35, 9, 11};
  cases.push_back(norm_bits("batch norm", {}, false, false, plane, kind));
  cases.push_back(norm_bits("batch norm residual relu6", relu6(), false, true, plane, kind));
  cases.push_back(norm_bits("batch norm leaky", leaky_relu(0.3f), false, false, plane, kind));
  cases.push_back(norm_bits("batch norm hard sigmoid", hard_sigmoid(), false, false, plane, kind));
  for (const Dims& dims : {image, plane}) {
    cases.push_back(quantized_norm_bits("u8 s8 batch norm residual relu", relu(), Rounding::half_to_even, dims));
    cases.push_back(quantized_norm_bits("u8 s8 batch norm residual leaky away", leaky_relu(0.3f),
                                        Rounding::half_away_from_zero, dims));
    cases.push_back(
        quantized_norm_bits("u8 s8 batch norm residual hard swish", hard_swish(), Rounding::half_to_even, dims));
  }
  add_chains(cases, image);
  const PoolDesc average = pool_desc(PoolOp::average, {}, Window(3, 2, 1));
  cases.push_back(pool_case("u8 average 3x3 s2 p1 between quantisations", quantized(average, {0.05f, 100}, {0.03f, 7}), image,
                            kind, ElementType::u8));
  cases.push_back(pool_case("s8 average 3x3 s2 p1 between quantisations", quantized(average, {0.05f, -3}, {0.07f, 20}), image,
                            kind, ElementType::s8));
  return cases;
}

// Large enough to be shared out among workers, by planes, by rows and by channels.
std::vector<BitsCase> large_cases() {
  std::vector<BitsCase> cases;
  const Values kind = Values::wide;
  for (const Dims& dims : {Dims{1, 64, 56, 57}, Dims{3, 1, 300, 211}, Dims{2, 130, 31, 29}}) {
    cases.push_back(pool_case("max 3x3 s2 p1", pool_desc(PoolOp::max, {}, Window(3, 2, 1)), dims, kind));
    cases.push_back(pool_case("average 3x3 s1 p1", pool_desc(PoolOp::average, {}, Window(3, 1, 1)), dims, kind));
    cases.push_back(norm_bits("batch norm residual relu", relu(), false, true, dims, kind));
    cases.push_back(quantized_norm_bits("u8 s8 batch norm residual relu", relu(), Rounding::half_to_even, dims));
  }
  const struct {
    ElementType type;
    const char *max, *average;
  } narrow[] = {{ElementType::f16, "f16 max 3x3 s2 p1", "f16 average 3x3 s1 p1"},
                {ElementType::bf16, "bf16 max 3x3 s2 p1", "bf16 average 3x3 s1 p1"},
                {ElementType::s8, "s8 max 3x3 s2 p1", "s8 average 3x3 s1 p1"},
                {ElementType::u8, "u8 max 3x3 s2 p1", "u8 average 3x3 s1 p1"}};
  for (const auto& of : narrow) {
    const Dims dims = {1, 70, 71, 73};
    cases.push_back(pool_case(of.max, pool_desc(PoolOp::max, {}, Window(3, 2, 1)), dims, kind, of.type));
    cases.push_back(pool_case(of.average, pool_desc(PoolOp::average, {}, Window(3, 1, 1)), dims, kind, of.type));
  }
  add_chains(cases, {1, 70, 71, 73});
  cases.push_back(
      pool_case("average 11x11 s1 p5", pool_desc(PoolOp::average, {}, Window(11, 1, 5)), {1, 64, 40, 41}, kind));
  cases.push_back(pool_case("global average", global_desc(PoolOp::average, {}), {2, 130, 31, 29}, kind));
  cases.push_back(pool_case("adaptive average 7x7", adaptive_desc(PoolOp::average, {}, 7), {1, 64, 56, 57}, kind));
  return cases;
}

void check_executors(const BitsCase& c, Layout layout, const Dense& expected, How how) {
  for (const NamedExecutor& named : host_executors()) {
    INFO(named.name);
    how.executor = named.executor;
    CHECK(difference(c.run(layout, c.src, how), expected) == "");
  }
  for (int threads : {0, 1, 2, 3}) {
    how.executor = openmp_executor(threads);
    CHECK(difference(c.run(layout, c.src, how), expected) == "");
  }
}

void check_alignments(const BitsCase& c, Layout layout, const Dense& expected, How how) {
  for (int offset = 0; offset < 16; ++offset) {
    INFO("offset ", offset);
    how.src = {Placement::begin, offset};
    how.dst = {Placement::begin, offset * 5 % 16};
    CHECK(difference(c.run(layout, c.src, how), expected) == "");
  }
}

void check_batch_positions(const BitsCase& c, Layout layout, const Dense& expected, const How& how) {
  for (std::int64_t n = 0; n < c.src.dims[0]; ++n) {
    INFO("image ", n);
    CHECK(difference(c.run(layout, c.src.image(n), how), expected.image(n)) == "");
  }
}

void check_cases(const std::vector<BitsCase>& cases, bool large) {
  BitsFile file;
  for (const BitsCase& c : cases) {
    INFO(c.name);
    const Dense expected = c.expected(Layout::nchw, c.src);
    file.check(c.name, expected);
    for (Layout layout : layouts) {
      INFO(std::string(name(layout)));
      for_each_isa([&](Isa isa) {
        How how;
        how.isa = isa;
        for (StorePolicy store : {StorePolicy::cached, StorePolicy::streaming, StorePolicy::automatic}) {
          how.store = store;
          CHECK(difference(c.run(layout, c.src, how), expected) == "");
        }
        check_batch_positions(c, layout, expected, how);
        large ? check_executors(c, layout, expected, how) : check_alignments(c, layout, expected, how);
      });
    }
  }
}

}  // namespace

TEST_CASE("the same bits at every alignment, store policy and batch position") { check_cases(small_cases(), false); }

TEST_CASE("the same bits for any number of workers and any order of tasks") { check_cases(large_cases(), true); }

TEST_CASE("the bits of poolings of f64") {
  BitsFile file;
  const std::vector<std::int64_t> dims = {2, 19, 13, 21};
  Random random(48);
  const Dense64 x = make_values64(dims, Values::cancelling, random);
  PoolDesc lp = pool_desc(PoolOp::lp, {}, Window(3, 2, 1));
  lp.p = 2;
  const struct {
    const char* name;
    PoolDesc desc;
  } cases[] = {{"f64 max 3x3 s2 p1", pool_desc(PoolOp::max, {}, Window(3, 2, 1))},
               {"f64 average 3x3 s1 p1", pool_desc(PoolOp::average, {}, Window(3, 1, 1))},
               {"f64 lp2 3x3 s2 p1", lp},
               {"f64 global average", global_desc(PoolOp::average, {})},
               {"f64 adaptive average 5x6", adaptive_desc(PoolOp::average, {}, {5, 6})}};
  for (const auto& c : cases) {
    for (Layout layout : layouts) {
      PoolDesc desc = c.desc;
      desc.src = packed(layout, dims, ElementType::f64);
      const std::string name = c.name + (" " + dims_text(dims));
      file.check(name, reference::pool(desc, x));
      for_each_isa([&](Isa isa) {
        How how;
        how.isa = isa;
        file.check(name, run_pool(desc, x, how));
      });
    }
  }
}

TEST_CASE("the large cases are indeed shared out") {
  ThreadPool pool(3);
  for (const BitsCase& c : large_cases()) {
    INFO(c.name);
    for (Layout layout : layouts) {
      const std::int64_t before = pool.ranges();
      How how;
      how.executor = pool.executor();
      c.run(layout, c.src, how);
      CHECK(pool.ranges() - before > 1);
    }
  }
}

TEST_CASE("SHA-256 of known messages") {
  const std::string abc = "abc";
  CHECK(sha256({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256({abc.begin(), abc.end()}) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
