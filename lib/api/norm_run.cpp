#include "api/norm_run.hpp"

#include <cstdio>

#include "plan/refuse.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

Status check_norm_run(const NormPlanData& p, const float* src, const float* residual, const float* dst) noexcept {
  if (!p.has_residual && residual != nullptr) return invalid("residual is given, the plan has none");
  if (p.empty) return {};
  if (src == nullptr) return invalid("src is null");
  if (dst == nullptr) return invalid("dst is null");
  if (p.has_residual && residual == nullptr) return invalid("residual is null, the plan adds one");
  const auto clash = [&](const TensorDesc& t, const float* at) {
    return !(at == dst && same_strides(t, p.dst)) && overlap(t, at, p.dst, dst);
  };
  if (clash(p.src, src)) return invalid("src and dst overlap in part");
  if (p.has_residual && clash(p.residual, residual)) return invalid("residual and dst overlap in part");
  return {};
}

std::size_t explain_norm(const char* what, const NormPlanData* p, char* buffer, std::size_t size) noexcept {
  int length;
  if (p == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (p->empty) {
    length = std::snprintf(buffer, size, "%s isa=%s empty tensor: nothing to do", what, name(p->isa));
  } else {
    length = std::snprintf(buffer, size, "%s isa=%s rows=%s run=%lld tasks=%lld residual=%s store=%s", what,
                           name(p->isa), p->rows == NormRows::one_channel ? "one_channel" : "all_channels",
                           static_cast<long long>(p->width), static_cast<long long>(p->tasks),
                           !p->has_residual        ? "none"
                           : p->residual_broadcast ? "broadcast"
                                                   : "tensor",
                           p->stream ? "streaming" : "cached");
  }
  return length < 0 ? 0 : static_cast<std::size_t>(length);
}

}  // namespace poolnorm
