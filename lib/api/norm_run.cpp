#include "api/norm_run.hpp"

#include <cstdio>

#include "api/elements.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

Status check_norm_run(const NormPlanData& p, const ConstElements& src, const ConstElements& residual,
                      const Elements& dst) noexcept {
  if (!p.has_residual && residual.data != nullptr) return invalid("residual is given, the plan has none");
  if (p.empty) return {};
  if (const Status s = check_elements("src", src, p.src.type); !s) return s;
  if (const Status s = check_elements("dst", dst, p.dst.type); !s) return s;
  if (p.has_residual && residual.data == nullptr) return invalid("residual is null, the plan adds one");
  if (p.has_residual) {
    if (const Status s = check_elements("residual", residual, p.residual.type); !s) return s;
  }
  const auto clash = [&](const TensorDesc& t, const ConstElements& at) {
    return !(at.data == dst.data && same_strides(t, p.dst)) && overlap(t, at.data, p.dst, dst.data);
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
  return length < 0 ? 0 : static_cast<std::size_t>(length);
}

}  // namespace poolnorm
