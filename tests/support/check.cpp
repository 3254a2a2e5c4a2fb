#include "check.hpp"

#include "compare.hpp"
#include "reference.hpp"
#include "tensor.hpp"

namespace poolnorm::tests {

namespace {

template <class Values>
void check_any_pool(const PoolDesc& desc, const Values& src, How how) {
  INFO(text_of(desc));
  const Values expected = reference::pool(desc, src);
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(run_pool(desc, src, how), expected) == "");
  });
}

}  // namespace

void check_pool(const PoolDesc& desc, const Dense& src, How how) { check_any_pool(desc, src, how); }
void check_pool(const PoolDesc& desc, const Dense64& src, How how) { check_any_pool(desc, src, how); }

void check_pool(const PoolDesc& desc, Values kind, std::uint64_t seed) {
  Random random(seed);
  if (desc.src.type == ElementType::f64) return check_pool(desc, make_values64(dims_of(desc.src), kind, random));
  check_pool(desc, make_values(desc.src, kind, random));
}

void check_norm(const NormCase& norm, How how, Alias alias) {
  INFO(norm.text());
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(norm.difference_of_run(how, alias) == "");
  });
}

void check_norm_stored(const NormCase& norm) {
  for (const StorePolicy store : {StorePolicy::cached, StorePolicy::streaming}) {
    How how;
    how.store = store;
    check_norm(norm, how);
    check_norm(norm, how, Alias::src);
    how.dst.offset = 3;
    check_norm(norm, how);
  }
}

PoolDesc pool_desc(PoolOp op, const TensorDesc& src, const Window& window) {
  PoolDesc desc;
  desc.op = op;
  desc.src = src;
  desc.window = window;
  return desc;
}

PoolDesc adaptive_desc(PoolOp op, const TensorDesc& src, const Spatial& output) {
  PoolDesc desc;
  desc.op = op;
  desc.kind = PoolKind::adaptive;
  desc.src = src;
  desc.output = output;
  return desc;
}

PoolDesc given_desc(PoolOp op, Layout layout, const std::vector<std::int64_t>& src, const std::vector<std::int64_t>& dst,
                    const Window& window) {
  PoolDesc desc = pool_desc(op, packed(layout, src), window);
  desc.output_size = OutputSize::given;
  desc.dst = packed(layout, dst);
  return desc;
}

PoolDesc global_desc(PoolOp op, const TensorDesc& src) {
  PoolDesc desc;
  desc.op = op;
  desc.kind = PoolKind::global;
  desc.src = src;
  return desc;
}

PoolDesc listed_desc(PoolOp op, const TensorDesc& src, const Spatial& kernel, const std::vector<std::int64_t>& starts) {
  PoolDesc desc = pool_desc(op, src, kernel);
  desc.kind = PoolKind::listed;
  for (int i = 0; i < src.rank - 2; ++i) desc.starts[i] = {starts.data(), static_cast<std::int64_t>(starts.size())};
  return desc;
}

NormCase norm_case(const TensorDesc& src, Values kind, std::uint64_t seed) {
  Random random(seed);
  NormCase norm;
  norm.src = src;
  norm.x = make_values(dims_of(src), kind, random);
  const float ranges[4][2] = {{-1, 1}, {0.01f, 4}, {-2, 2}, {-1, 1}};
  for (int i = 0; i < 4; ++i) norm.parameters[i] = make_parameter(src.dims[1], ranges[i][0], ranges[i][1], random);
  return norm;
}

void add_residual(NormCase& norm, const TensorDesc& residual) {
  norm.residual = residual;
  norm.r = make_values(dims_of(residual), Values::signed_uniform, 77);
  if (span(residual) < residual.elements()) norm.r = Tensor(residual, norm.r).read();  // broadcast: what memory holds
}

}  // namespace poolnorm::tests
