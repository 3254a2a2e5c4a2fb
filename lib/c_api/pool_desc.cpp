#include "c_api/pool.hpp"
#include "c_api/quantization.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

namespace poolnorm::c_api {

// `rounding` came after `divisor_override`, then `p`, the quantisations, `starts`.
template <>
inline constexpr std::size_t known_sizes<poolnorm_pool_desc>[] = {
    offsetof(poolnorm_pool_desc, rounding), offsetof(poolnorm_pool_desc, p),
    offsetof(poolnorm_pool_desc, src_quantization), offsetof(poolnorm_pool_desc, starts), sizeof(poolnorm_pool_desc)};

namespace {

Spatial from_c(const poolnorm_spatial& c) noexcept {
  Spatial s(c.values, max_spatial_rank);
  s.count = c.count;
  return s;
}

}  // namespace

Window from_c(const poolnorm_window& c) noexcept {
  Window w(from_c(c.kernel), from_c(c.stride), from_c(c.padding));
  w.padding_end = from_c(c.padding_end);
  if (c.dilation.count != 0) w.dilation = from_c(c.dilation);
  return w;
}

Status read(const char* name, const poolnorm_pool_desc* c, PoolDesc& desc) noexcept {
  poolnorm_pool_desc d = poolnorm_pool_desc_init();
  if (const Status s = read_struct(name, c, d); !s) return s;
  desc.op = static_cast<PoolOp>(d.op);
  desc.kind = static_cast<PoolKind>(d.kind);
  desc.src = from_c(d.src);
  desc.dst = from_c(d.dst);
  desc.window = from_c(d.window);
  desc.output = from_c(d.output);
  desc.output_size = static_cast<OutputSize>(d.output_size);
  desc.divisor = static_cast<Divisor>(d.divisor);
  desc.divisor_override = d.divisor_override;
  desc.rounding = static_cast<Rounding>(d.rounding);
  desc.p = d.p;
  desc.src_quantization = from_c(d.src_quantization);
  desc.dst_quantization = from_c(d.dst_quantization);
  for (int i = 0; i < max_spatial_rank; ++i) desc.starts[i] = {d.starts[i].values, d.starts[i].count};
  return check_reserved(name, d.reserved);
}

}  // namespace poolnorm::c_api

poolnorm_spatial poolnorm_spatial_each(std::int32_t count, const std::int64_t* values) {
  poolnorm_spatial s{};
  s.count = values == nullptr && count != 0 ? -1 : count;  // which plans refuse
  for (int i = 0; i < s.count && i < poolnorm::max_spatial_rank; ++i) s.values[i] = values[i];
  return s;
}
