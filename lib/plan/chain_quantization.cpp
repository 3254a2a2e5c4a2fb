#include "plan/chain_quantization.hpp"

#include "plan/norm_quantization.hpp"
#include "plan/quantization.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

// That of what pool `i` reads.
const Quantization& quantization_before(const ChainDesc& d, const ChainPlanData& p, int i) noexcept {
  const int of = d.pools[i].of;
  if (of < 0) return p.has_map ? d.intermediate_quantization : d.src_quantization;
  return p.pools[of].has_after ? d.pools[of].after_quantization : d.pools[of].pool.dst_quantization;
}

}  // namespace

Status check_chain_quantization(const ChainDesc& d, const ChainPlanData& p) noexcept {
  Status s;
  if (!(s = check_rounding(d.rounding))) return s;
  if (!(s = check_tensor_quantization("src_quantization", "src", d.src_quantization, d.src.type))) return s;
  if (!(s = check_tensor_quantization("intermediate_quantization", "t", d.intermediate_quantization, p.type))) return s;
  if (!p.empty && !p.has_map && !alike(d.intermediate_quantization, {}) && !alike(d.intermediate_quantization, d.src_quantization)) {
    return invalid("intermediate_quantization is given, nothing makes t another tensor than src, whose src_quantization it has");
  }
  if (!p.has_residual) return s;
  return check_tensor_quantization("residual_quantization", "residual", d.residual_quantization, d.residual.type);
}

Status check_pool_quantization(const ChainDesc& d, int i, const ChainPlanData& p) noexcept {
  const ChainPool& pool = d.pools[i];
  if (p.empty) return {};  // of no channels nobody knows what is given
  if (!quantized(p.type) || p.pools[i].has_after) {
    if (const Status s = check_tensor_quantization("after_quantization", "dst", pool.after_quantization, p.type); !s) return s;
  } else if (!alike(pool.after_quantization, {}) && !alike(pool.after_quantization, pool.pool.dst_quantization)) {
    return invalid("after_quantization is given, nothing follows the pool, whose dst_quantization dst has");
  }
  const bool says_it = pool.of < 0 && !p.has_map && alike(d.src_quantization, {});
  const Quantization &own = pool.pool.src_quantization, &before = quantization_before(d, p, i);
  if (!quantized(p.type) || says_it || alike(own, before)) return {};
  return invalid("src_quantization is {%s, %d}, must be that of what is pooled, {%s, %d}", Number(own.scale).text,
                 static_cast<int>(own.zero_point), Number(before.scale).text, static_cast<int>(before.zero_point));
}

}  // namespace poolnorm
