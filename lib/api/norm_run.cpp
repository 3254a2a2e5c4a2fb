#include "api/explain.hpp"
#include "api/norm_run.hpp"

#include <cstdio>

#include "api/elements.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

Status check_norm_run(const NormPlanData& p, const ConstElements& src, const ConstElements& residual,
                      const Elements& dst) noexcept {
  if (!p.has_residual && residual.data != nullptr) return invalid("residual is given, the plan has none");
  if (p.empty) return {};
  if (const Status s = check_apart("src", p.src, src, p.dst, dst); !s) return s;
  if (!p.has_residual) return {};
  if (residual.data == nullptr) return invalid("residual is null, the plan adds one");
  return check_apart("residual", p.residual, residual, p.dst, dst);
}

std::size_t explain_norm(const char* what, const NormPlanData* p, char* buffer, std::size_t size) noexcept {
  int length;
  if (p == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (p->empty) {
    length = std::snprintf(buffer, size, "%s isa=%s empty tensor: nothing to do", what, name(p->isa));
  } else {
    length = std::snprintf(buffer, size, "%s isa=%s type=%s%s%s rows=%s run=%lld tasks=%lld residual=%s store=%s", what,
                           name(p->isa), name(p->src.type), p->src.type == p->dst.type ? "" : "->",
                           p->src.type == p->dst.type ? "" : name(p->dst.type),
                           p->rows == NormRows::one_channel ? "one_channel" : "all_channels",
                           static_cast<long long>(p->width), static_cast<long long>(p->tasks),
                           !p->has_residual        ? "none"
                           : p->residual_broadcast ? "broadcast"
                                                   : "tensor",
                           p->stream ? "streaming" : "cached");
  }
  return written(length);
}

}  // namespace poolnorm
